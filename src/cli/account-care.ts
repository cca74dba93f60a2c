// `account change|change-email|verify|sessions|end-session|sign-out|consents|withdraw-consent`: what operators do for
// people who cannot do it themselves, as in the console.

import { Option, type Command } from 'commander';
import { z } from 'zod';
import { personFields, profileTyped } from '../domain/accounts/account-records.ts';
import type { StoredAccount } from '../domain/accounts/accounts.ts';
import { byCommand } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { requireAccount, shownAccount } from './named-account.ts';
import { asTyped, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

const BY = 'by id, login name or e-mail';
const newEmail = z.object({ email: personFields.email });
type Field = keyof z.input<typeof profileTyped>;
/** What was typed; a flag without a value is `true`. */
type Given = { readonly [F in Field | 'email']?: string | true } & {
  readonly reason?: string;
  readonly json?: true;
};

const reasonGiven = z
  .string()
  .trim()
  .min(1, { error: '--reason: must not be empty' })
  .max(500, { error: '--reason: must be at most 500 characters' });

function requireReason({ reason = '' }: Given): string {
  const read = reasonGiven.safeParse(reason);
  if (!read.success) throw asTyped(read.error, () => undefined);
  return read.data;
}

const optionOf = (field: string): string =>
  `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

async function change({ core, output }: Work, { id }: StoredAccount, typed: Given): Promise<void> {
  const given = Object.keys(profileTyped.shape).filter((field) => typed[field as Field] !== undefined);
  if (given.length === 0)
    throw new UsageProblem(`say what to change: ${Object.keys(profileTyped.shape).map(optionOf).join(', ')}`);
  // An empty text takes a field away.
  const texts = given.map((field) => [field, typed[field as Field] || undefined]);
  const read = profileTyped.safeParse(Object.fromEntries(texts));
  if (!read.success) throw asTyped(read.error, optionOf);
  const fields = Object.fromEntries(given.map((field) => [field, read.data[field as Field]]));
  const changed = await core.acts.accounts.change(byCommand(), id, fields);
  output.result(shownAccount(changed), () => [`account ${id} is changed: ${given.map(optionOf).join(', ')}`]);
}

async function changeEmail({ core, output }: Work, { id, doc }: StoredAccount, typed: Given): Promise<void> {
  const read = newEmail.safeParse(typed);
  if (!read.success) throw asTyped(read.error, optionOf);
  const { email } = read.data;
  const reason = requireReason(typed);
  if (!core.sendsMail)
    throw new UsageProblem('no mail server is configured: a new address is confirmed by a mailed link');
  await core.acts.accounts.changeEmail(byCommand(), id, email, reason);
  output.result({ id, email: doc.email, asked: email }, () => [
    `a link that confirms it is on its way to ${email}; until then ${doc.email} stays`,
  ]);
}

async function verify({ core, output }: Work, { id, doc }: StoredAccount, typed: Given): Promise<void> {
  if (!typed.email && !typed.phone) throw new UsageProblem('say what you have verified: --email, --phone');
  if (typed.phone && doc.phone === undefined) throw new UsageProblem(`account ${id} has no phone number`);
  const seen = { ...(typed.email && { email: doc.email }), ...(typed.phone && { phone: doc.phone }) };
  const changed = await core.acts.accounts.verify(byCommand(), id, seen, requireReason(typed));
  output.result(shownAccount(changed), () => [`verified: ${Object.values(seen).join(', ')}`]);
}

async function sessions({ core, output }: Work, { id }: StoredAccount): Promise<void> {
  const found = await core.acts.sessions.list(id);
  const shown = found.map(({ uid, signedInAt, amr, clientIds, supportUse }) => ({
    id: uid,
    signedInAt: signedInAt.toISOString(),
    methods: amr,
    clientIds,
    support: supportUse !== undefined,
  }));
  output.result(shown, () =>
    table(
      shown.map(({ id: session, signedInAt, methods, clientIds, support }) => ({
        id: session,
        since: signedInAt,
        by: support ? 'support' : methods.join(' '),
        clients: clientIds.join(' '),
      })),
    ),
  );
}

async function consents({ core, output }: Work, { id }: StoredAccount): Promise<void> {
  const found = await core.acts.sessions.consents(id);
  const shown = found.map(({ clientId, scopes, updatedAt }) => ({ clientId, scopes, updatedAt }));
  output.result(shown, () =>
    table(
      shown.map(({ clientId, scopes, updatedAt }) => ({
        client: clientId,
        since: updatedAt,
        scopes: scopes.join(' '),
      })),
    ),
  );
}

/** Adds them to the group `account`. */
export function addCareCommands(group: Command, withCore: WithCore): void {
  const one = (
    verb: string,
    description: string,
    act: (work: Work, account: StoredAccount, options: Given, detail: string) => Promise<void>,
  ): Command =>
    group
      .command(verb)
      .description(description)
      .addOption(jsonOption())
      .action((named: string, ...rest: readonly unknown[]) => {
        const [detail, options] = typeof rest[0] === 'string' ? [rest[0], rest[1]] : ['', rest[0]];
        const typed = options as Given;
        return withCore(typed.json === true, async (work) =>
          act(work, await requireAccount(work, named), typed, detail),
        );
      });

  one('change <account>', `change the data of a person; ${BY}`, change)
    .option('--name <name>', 'full name')
    .option('--given-name <name>', 'given name')
    .option('--family-name <name>', 'family name')
    .option('--login <name>', 'own login name; "" takes it away')
    .option('--phone <number>', 'mobile number, international, to be verified anew')
    .addOption(new Option('--locale <code>', 'language of pages and mails: cs or en'));

  one('change-email <account>', `mail a link that confirms a new address; ${BY}`, changeEmail)
    .requiredOption('--email <address>', 'the new address')
    .requiredOption('--reason <text>', 'how you made sure who it is');

  one(
    'verify <account>',
    `take the e-mail or phone on file for theirs, after a look at who it is; ${BY}`,
    verify,
  )
    .option('--email', 'the e-mail address')
    .option('--phone', 'the phone number')
    .requiredOption('--reason <text>', 'how you made sure who it is');

  one('sessions <account>', `where the person is signed in; ${BY}`, sessions);

  one(
    'end-session <account> <session>',
    'end a session by its id, and all that came of it',
    async ({ core, output }, { id }, _options, session) => {
      await core.acts.sessions.end(byCommand(), id, session);
      output.result({ id: session, accountId: id }, () => ['the session is over; its applications are told']);
    },
  );

  one(
    'sign-out <account>',
    `end all sessions, grants and tokens; ${BY}`,
    async ({ core, output }, { id }) => {
      await core.acts.sessions.endAll(byCommand(), id);
      output.result({ id }, () => [`account ${id} is signed out everywhere`]);
    },
  );

  one('consents <account>', `what the person allows applications of others; ${BY}`, consents);

  one(
    'withdraw-consent <account> <client_id>',
    'take back what the person allows an application, and end what it got by that',
    async ({ core, output }, { id }, _options, clientId) => {
      await core.acts.sessions.withdrawConsent(byCommand(), id, clientId);
      output.result({ accountId: id, clientId }, () => [`${clientId} has to ask again`]);
    },
  );
}
