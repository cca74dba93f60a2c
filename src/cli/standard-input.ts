// A password from standard input: on the command line it would stand in the shell's history and in `ps`.

import { text } from 'node:stream/consumers';
import { UsageProblem } from './output.ts';

const HOW = 'pipe it in, as in `npm run -s cli -- … < password.txt`';

/** What is piped in, without the line end. */
export async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) throw new UsageProblem(`standard input is a terminal: ${HOW}`);
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '') throw new UsageProblem(`no password on standard input: ${HOW}`);
  return password;
}

/** A longer text that is piped in. */
export async function readText(): Promise<string> {
  if (process.stdin.isTTY) throw new UsageProblem('standard input is a terminal: pipe the text in');
  return text(process.stdin);
}
