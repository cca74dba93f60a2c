// `config …`: what is set, whether it will do, and a file to start from.

import { Command } from 'commander';
import { checkConfig, type Environment } from '../config/load.ts';
import { describeConfig, reference, template } from '../config/describe.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { createOutput } from './output.ts';

/** The `config` group. None of its commands opens the database or makes anything. */
export function configCommands(env: Environment): Command {
  const group = new Command('config').description('the configuration');
  const verb = (name: string, description: string, act: (json: boolean) => void | Promise<void>) =>
    group
      .command(name)
      .description(description)
      .addOption(jsonOption())
      .action((options: { json?: true }) => act(options.json === true));

  verb(
    'validate',
    'check the configuration and the files it names; every problem is listed',
    async (json) => {
      const config = checkConfig(env);
      const { readConfiguredFiles } = await import('../outside.ts');
      readConfiguredFiles(config);
      createOutput(json).result({ valid: true }, () => ['the configuration is valid']);
    },
  );
  verb('print', 'what is in force and where it comes from; secrets are masked', (json) => {
    const rows = describeConfig(checkConfig(env), env);
    createOutput(json).result(rows, () =>
      table(rows.map(({ variable, value, source }) => ({ variable, value, source }))),
    );
  });
  verb('template', 'an environment file with every option and its explanation', (json) => {
    const text = template().trimEnd();
    createOutput(json).result({ template: text }, () => [text]);
  });
  verb('reference', 'the reference of all options as Markdown', (json) => {
    const text = reference().trimEnd();
    createOutput(json).result({ reference: text }, () => [text]);
  });
  return group;
}
