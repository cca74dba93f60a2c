// `mail …`: whether mail gets through.

import { Command, Option } from 'commander';
import { isPlainAddress } from '../lib/mailbox.ts';
import type { MailKind } from '../ports/mailer.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import { showEnd } from './outbox.ts';
import type { WithCore } from './run.ts';

const kinds = ['account', 'security'] as const satisfies readonly MailKind[];
/** Sooner than a second try: whoever asked has been told that it failed, and a mail that comes later misleads. */
const TEST_MILLISECONDS = 5_000;

/** The `mail` group. */
export function mailCommands(withCore: WithCore): Command {
  const group = new Command('mail').description('the mail server');
  group
    .command('test <address>')
    .description('send a test e-mail now; exit code 1 and the reason when the mail server does not take it')
    .addOption(new Option('--kind <kind>', 'from which sender').choices(kinds).default('account'))
    .addOption(jsonOption())
    .action((address: string, options: { kind: MailKind; json?: true }) =>
      withCore(options.json === true, async (work) => {
        const { core } = work;
        if (!isPlainAddress(address)) throw new UsageProblem('this is no e-mail address');
        if (!core.sendsMail) throw new UsageProblem('no mail server is configured: set VRATNY_SMTP_URL');
        const when = core.clock.now();
        const expiresAt = new Date(when.getTime() + TEST_MILLISECONDS);
        const id = await core.letters.toAddress(address, options.kind, 'test', { when, expiresAt });
        await core.outbox.idle();
        await showEnd(work, id);
      }),
    );
  return group;
}
