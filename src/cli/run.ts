// All commands, a group per file. `serve` alone, which is most starts, comes past here: see start.ts.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { createLog } from '../lib/log.ts';
import { nearest } from '../lib/nearest.ts';
import { releaseYoungHeap } from '../lib/lean-start.ts';
import { loadConfig, type Environment } from '../config/load.ts';
import type { Config } from '../config/options.ts';
import type { Core } from '../core.ts';
import { accountCommands } from './account.ts';
import { auditCommands } from './audit.ts';
import { bansCommands } from './bans.ts';
import { registrationTokenCommands } from './registration-token.ts';
import { statisticsCommands } from './statistics.ts';
import { webhookCommands } from './webhook.ts';
import { clientCommands } from './client.ts';
import { customerCommands, orderCommands } from './customer.ts';
import { configCommands } from './config.ts';
import { doctorCommand } from './doctor.ts';
import { keysCommands } from './keys.ts';
import { mailCommands } from './mail.ts';
import { operatorCommands } from './operator.ts';
import { outboxCommands } from './outbox.ts';
import { domainCommands } from './domain.ts';
import { createOutput, exitCodes, report, UsageProblem, type Output } from './output.ts';
import { storageCommands } from './storage.ts';
import { supportAccessCommands } from './support-access.ts';
import { supportCommands } from './support.ts';
import { upstreamCommands } from './upstream.ts';

/** What a command works with. The core is opened for it and closed after it. */
export type Work = { readonly core: Core; readonly config: Config; readonly output: Output };
export type WithCore = (json: boolean, work: (parts: Work) => Promise<void>) => Promise<void>;

/** The version of this software. */
export const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

const HELP = `
Settings are environment variables: \`config template\` lists them all, \`config print\` those in force.
Results go to stdout, problems to stderr. Exit codes: 0 done, 1 failed, 2 wrong input or configuration,
3 not found, 4 taken, 5 the database does not answer.`;

/** Runs the command line of a command; the exit code. */
export async function run(args: readonly string[], env: Environment): Promise<number> {
  try {
    const program = createProgram(env);
    refuseUnknown(program, args[0]);
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return report(error);
  }
}

/** All commands, as the process offers them. */
export function createProgram(env: Environment): Command {
  const withCore: WithCore = async (json, work) => {
    const { config, outside } = await inDemo(loadConfig(env));
    const { createCore } = await import('../core.ts');
    const log = createLog({ level: 'error', fd: 2, sync: true });
    const core = await createCore(config, log, outside);
    releaseYoungHeap();
    try {
      await work({ core, config, output: createOutput(json) });
    } finally {
      await core.close();
    }
  };
  const program = new Command(env['npm_lifecycle_event'] === 'cli' ? 'npm run -s cli --' : 'node src/main.ts')
    .description('A self-hosted OpenID Connect provider. Without a command it serves.')
    .version(version)
    .addHelpText('after', HELP)
    .enablePositionalOptions();
  program
    .command('serve', { isDefault: true })
    .description('run the provider (the default)')
    .action(async () => {
      const config = loadConfig(env);
      const { serve } = await import('./serve.ts');
      await serve(config);
    });
  const groups = [
    clientCommands(withCore),
    registrationTokenCommands(withCore),
    accountCommands(withCore),
    customerCommands(withCore),
    orderCommands(withCore),
    domainCommands(withCore),
    keysCommands(withCore),
    auditCommands(withCore),
    webhookCommands(withCore),
    bansCommands(withCore),
    statisticsCommands(withCore),
    operatorCommands(withCore),
    outboxCommands(withCore),
    supportCommands(withCore),
    supportAccessCommands(withCore),
    upstreamCommands(withCore),
    mailCommands(withCore),
    configCommands(env),
    ...storageCommands(env),
    doctorCommand(withCore),
  ];
  for (const group of groups) program.addCommand(group);
  explainErrors(program, program.name());
  return program;
}

/** The default command would take a mistyped one for its own argument. */
function refuseUnknown(program: Command, verb: string | undefined): void {
  const known = [...program.commands.map((command) => command.name()), 'help'];
  if (verb === undefined || verb.startsWith('-') || known.includes(verb)) return;
  throw new UsageProblem(
    `there is no command '${verb}': did you mean ${nearest(verb, known)}?\nsee: ${program.name()} --help`,
  );
}

/** Errors are thrown, not exited with, and lead to the help of the command that they belong to. */
function explainErrors(command: Command, path: string): void {
  command.exitOverride().showHelpAfterError(`see: ${path} --help`);
  for (const child of command.commands) explainErrors(child, `${path} ${child.name()}`);
}

/** In the demo, letters of commands land in the inbox of the server, and its MojeID is theirs. */
async function inDemo(config: Config) {
  if (!config.demo) return { config, outside: {} };
  const [{ createInbox }, { withSimulator }] = await Promise.all([
    import('../demo/inbox.ts'),
    import('../demo/mojeid/demo-client.ts'),
  ]);
  return { config: withSimulator(config), outside: { mailer: createInbox, sms: createInbox } };
}
