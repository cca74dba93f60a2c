// The configuration told to people: what is in force, a file to start from, and the reference in the docs.

import { options, type Described } from './options.ts';
import type { CheckedConfig, Environment } from './load.ts';

type Option = (typeof options)[keyof typeof options];

const MASK = '••••••••';
const LINE = 100;

const standardOf = (option: Option): string => ('standard' in option ? option.standard : '');
const isSecret = (option: Option): boolean => 'secret' in option;
const isGiven = ({ variable }: Option, env: Environment): boolean =>
  Boolean(env[variable] || env[`${variable}_FILE`]);

/** A database's address without what signs in there: its credentials, and parameters such as a key file's password. */
const maskStorage = (storage: string): string =>
  storage
    .replace(/\/\/.*@/s, `//${MASK}@`)
    .replaceAll(/([?&][^=&]*(?:password|token|properties)[^=&]*=)[^&]*/gi, `$1${MASK}`);

/** What is in force, as it would be written into the variable. */
function valueOf(
  key: string,
  option: Option,
  config: Omit<CheckedConfig, 'described'>,
  env: Environment,
): string {
  if (key === 'storage') return maskStorage(config.storage);
  // The installation's own secret is made when it is not set; others are not there then.
  if (isSecret(option)) return key === 'secrets' || isGiven(option, env) ? MASK : '';
  if (key === 'issuer') return config.issuer;
  if (key === 'demo') return String(config.demo);
  return env[option.variable]?.trim() || standardOf(option);
}

/** Every option with its value in force and where that comes from; secrets are masked. */
export function describeConfig(config: Omit<CheckedConfig, 'described'>, env: Environment): Described[] {
  return Object.entries(options).map(([key, option]) => {
    const { variable } = option;
    const made = ['issuer', 'secrets', 'demo'].includes(key);
    const source = env[variable] ? 'variable' : env[`${variable}_FILE`] ? 'file' : made ? 'made' : 'standard';
    return { variable, value: valueOf(key, option, config, env), source };
  });
}

/** The sentence that explains an option. */
export const explanationOf = (variable: string): string =>
  plain(Object.values(options).find((option) => option.variable === variable)?.doc ?? '');

const plain = (doc: string) => doc.replaceAll('`', '');

/** A text as comment lines of bounded length. */
function comment(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= LINE) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

/** A value for an environment file: a `#` in it would begin a comment. */
const quoted = (value: string): string => (value.includes('#') ? `"${value}"` : value);

/** An environment file: every option, commented out, with its explanation. */
export const template = (): string =>
  Object.values(options)
    .map((option) => `${comment(plain(option.doc))}\n#${option.variable}=${quoted(standardOf(option))}\n`)
    .join('\n');

/** The reference as Markdown; docs/configuration.md is this text. */
export function reference(): string {
  const rows = Object.values(options).map((option) => {
    const standard = standardOf(option) === '' ? '–' : `\`${standardOf(option)}\``;
    const file = isSecret(option)
      ? ` Also as \`${option.variable}_FILE\`, the name of a file that holds it.`
      : '';
    return `| \`${option.variable}\` | ${standard} | ${option.doc.replaceAll('|', '\\|')}${file} |`;
  });
  return [
    '# Configuration',
    '',
    'Everything is set by environment variables. An empty variable counts as not set. Nothing starts while a setting',
    'is unknown, unreadable or unsafe: all problems are listed at once, and `npm run -s cli -- config validate` lists',
    'them without starting. `npm run -s cli -- config template` prints an environment file to start from, and',
    '`npm run -s cli -- config print` what is in force.',
    '',
    'This page is generated from the option table in `src/config/options.ts` by `npm run docs`.',
    '',
    '| Variable | Without it | What it does |',
    '| --- | --- | --- |',
    ...rows,
    '',
    'Durations are a number with a unit: `90s`, `15m`, `12h`, `14d`.',
    '',
  ].join('\n');
}
