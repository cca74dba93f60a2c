// `account …`: people's sign-in identities.

import { Command, Option } from 'commander';
import { z } from 'zod';
import { type NewAccount, type StoredAccount, displayName } from '../domain/accounts/accounts.ts';
import { personFields } from '../domain/accounts/account-records.ts';
import type { PasswordOwner } from '../domain/passwords/new-passwords.ts';
import type { PasswordProblem } from '../domain/passwords/passwords.ts';
import { addApiTokenCommands } from './api-tokens.ts';
import { addCareCommands } from './account-care.ts';
import { addImportCommands } from './account-import.ts';
import { byCommand, commandActor, record } from './actor.ts';
import { fields, table } from './columns.ts';
import { limitOption, readLimit } from './limit-option.ts';
import { requireAccount, shownAccount } from './named-account.ts';
import { operatorRoleNames, type OperatorRole } from '../domain/operators/permissions.ts';
import { jsonOption } from './json-option.ts';
import { asTyped, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';
import { addAccountSearch } from './search.ts';
import { totpRemovalCommands } from './totp-removal.ts';
import { readPassword } from './standard-input.ts';

const newAccount = z.object(personFields);

const typedReason = z
  .string()
  .trim()
  .min(10, { error: '--reason: tell how you made sure who it is, in ten characters or more' })
  .max(500, { error: '--reason: must be at most 500 characters' });

type CreateOptions = z.input<typeof newAccount> & {
  company?: string;
  passwordStdin?: true;
  emailVerified?: true;
  customer: boolean;
  operator?: OperatorRole;
  json?: true;
};

const passwordProblems: Record<PasswordProblem, (min: number, max: number) => string> = {
  too_short: (min) => `the password is too short: at least ${min} characters`,
  too_long: (_min, max) => `the password is too long: at most ${max} characters`,
  same_as_login: () => 'the password is the login name or e-mail itself',
  same_as_name: () => 'the password is a name of the person, the customer or the domain, however lengthened',
  same_as_brand: () => 'the password is the name of the house, however lengthened',
  too_common: () => 'the password is among those that are tried first',
  breached: () => 'the password is known from a breach',
  exposed: () => 'the password is one that the person has given up as known to somebody else',
};

async function hashTyped({ core }: Work, owner: PasswordOwner): Promise<string> {
  const password = await readPassword();
  const { minLength, maxLength } = await core.newPasswords.rulesFor(owner.accountId);
  const problem = await core.newPasswords.judge(password, owner);
  if (problem) throw new UsageProblem(passwordProblems[problem](minLength, maxLength));
  return core.hasher.hash(password);
}

async function create(work: Work, options: CreateOptions): Promise<void> {
  const { core, output } = work;
  const typed = newAccount.safeParse(options);
  if (!typed.success) throw asTyped(typed.error, (field) => `--${field}`);
  const given = Object.entries(typed.data).filter(([, value]) => value !== undefined);
  const person = Object.fromEntries(given) as Pick<NewAccount, 'email' | 'login' | 'name'>;
  const passwordHash = options.passwordStdin
    ? await hashTyped(work, { ...person, customerName: options.company })
    : undefined;

  // Staff are nobody's customers, unless they are said to be.
  const isCustomer = options.customer && (options.operator === undefined || options.company !== undefined);
  const { account: opened, customer } = await core.openings.open({
    account: {
      ...person,
      emailVerified: options.emailVerified === true,
      ...(passwordHash === undefined ? {} : { passwordHash }),
    },
    ...(isCustomer
      ? {
          customer: {
            kind: options.company === undefined ? ('person' as const) : ('company' as const),
            ...(options.company === undefined ? {} : { name: options.company }),
          },
        }
      : {}),
  });
  const account =
    options.operator === undefined
      ? opened
      : (await core.operators.grant(commandActor(), opened.id, options.operator)).account;
  await record(work, {
    action: 'account.created',
    accountId: account.id,
    customerId: customer?.id,
    after: { email: account.doc.email, login: account.doc.login },
  });
  const link = passwordHash === undefined ? await core.setPassword.offer(account) : undefined;
  output.result(
    {
      ...shownAccount(account),
      ...(customer ? { customer: { id: customer.id, number: customer.doc.number } } : {}),
      ...(link ? { setPasswordUrl: link.url, setPasswordUrlExpiresAt: link.expiresAt } : {}),
    },
    () => [
      ...fields({
        ...shownAccount(account),
        customer: customer && `${customer.doc.number} ${customer.doc.name} (owner)`,
      }),
      ...(link
        ? ['', `No password yet. This link sets one, once, until ${link.expiresAt.toISOString()}:`, link.url]
        : []),
    ],
  );
}

async function list({ core, output }: Work, options: { limit: string; after?: string }): Promise<void> {
  const { after } = options;
  const limit = readLimit(options.limit);
  // One more than is shown tells whether there are more.
  const wanted = { limit: limit + 1, ...(after === undefined ? {} : { after }) };
  const found = await core.accounts.list(wanted);
  const accounts = found.slice(0, limit);
  output.result(accounts.map(shownAccount), () =>
    table(
      accounts.map(({ id, doc }) => ({
        id,
        login: doc.login ?? '',
        email: doc.email,
        name: displayName(doc),
        status: doc.status,
      })),
    ),
  );
  if (found.length > limit) output.note(`there are more: go on with --after ${accounts.at(-1)!.id}`);
}

/** The `account` group. */
export function accountCommands(withCore: WithCore): Command {
  const group = new Command('account').description("people's sign-in identities");

  group
    .command('create')
    .description('create an account and its customer; prints its id')
    .requiredOption('--email <address>', 'e-mail address; signs in, too')
    .option('--login <name>', 'own login name; without it the e-mail is the login name')
    .option('--name <name>', 'full name of the person')
    .option('--password-stdin', 'read the password from standard input; else a link to set one is printed')
    .option('--company <name>', 'the customer is a company of this name')
    .option('--phone <number>', 'mobile number, international')
    .addOption(new Option('--locale <code>', 'language of pages and mails').choices(['cs', 'en']))
    .option('--email-verified', 'the address is known to be theirs')
    .option('--no-customer', 'make no customer for the account')
    .addOption(
      new Option(
        '--operator <role>',
        'make it an operator, who has no customer unless --company is given',
      ).choices(operatorRoleNames),
    )
    .addOption(jsonOption())
    .action((options: CreateOptions) => withCore(options.json === true, (work) => create(work, options)));

  group
    .command('list')
    .description('accounts, newest first')
    .addOption(limitOption())
    .option('--after <id>', 'go on after this account')
    .addOption(jsonOption())
    .action((options: { limit: string; after?: string; json?: true }) =>
      withCore(options.json === true, (work) => list(work, options)),
    );

  const one = (
    verb: string,
    description: string,
    act: (work: Work, account: StoredAccount, options: { reason?: string }) => Promise<void>,
  ) =>
    group
      .command(`${verb} <account>`)
      .description(`${description}; by id, login name or e-mail`)
      .addOption(jsonOption())
      .action((named: string, options: { json?: true; reason?: string }) =>
        withCore(options.json === true, async (work) =>
          act(work, await requireAccount(work, named), options),
        ),
      );

  one('show', 'one account and the customers it acts for', async ({ core, output }, account) => {
    const customers = (await core.customers.ofAccount(account.id)).map(({ customer, role }) => ({
      id: customer.id,
      number: customer.doc.number,
      name: customer.doc.name,
      role,
    }));
    output.result({ ...shownAccount(account), customers }, () =>
      fields({
        ...shownAccount(account),
        customers: customers.map(({ number, name, role }) => `${number} ${name} (${role})`),
      }),
    );
  });

  one(
    'disable',
    'end all sessions and tokens and let nobody sign in',
    async ({ core, output }, { id }, { reason }) => {
      const changed = await core.acts.accounts.disable(byCommand(), id, reason ?? 'on the command line');
      output.result(shownAccount(changed), () => [
        `account ${id} is disabled; its sessions and tokens have ended`,
      ]);
    },
  ).option('--reason <text>', 'why; kept with the account');

  one('enable', 'let the person sign in again', async ({ core, output }, { id }) => {
    const changed = await core.acts.accounts.enable(byCommand(), id);
    output.result(shownAccount(changed), () => [`account ${id} is active`]);
  });

  group
    .command('set-password-link <account>')
    .description('a link that sets a new password, once; by id, login name or e-mail')
    .option('--send', 'mail it to the address on file instead of printing it')
    .addOption(jsonOption())
    .action((named: string, options: { send?: true; json?: true }) =>
      withCore(options.json === true, async (work) => {
        const { core, output } = work;
        const account = await requireAccount(work, named);
        const { id, doc } = account;
        if (doc.status !== 'active')
          throw new UsageProblem(`the account is disabled: \`account enable ${id}\` first`);
        if (options.send && !core.sendsMail)
          throw new UsageProblem('no mail server is configured: leave --send out and pass the link on');
        // Before the link is out: whoever has it can take the account over.
        const after = { sent: options.send === true };
        await record(work, { action: 'account.set_password_link', accountId: id, after });
        if (options.send) {
          await core.setPassword.mail(account, { byStaff: true });
          output.result({ id, sent: true }, () => [`the link is on its way to ${doc.email}`]);
          return;
        }
        const { url, expiresAt } = await core.setPassword.offer(account);
        output.result({ id, url, expiresAt }, () => [url, `works once, until ${expiresAt.toISOString()}`]);
      }),
    );

  group
    .command('totp-off <account>')
    .description(
      'switch the second factor off for a person who has lost every way in; by id, login name or e-mail',
    )
    .requiredOption('--reason <text>', 'how you made sure who it is; mailed to the person')
    .addOption(jsonOption())
    .action((named: string, options: { reason: string; json?: true }) =>
      withCore(options.json === true, async (work) => {
        const { core, output } = work;
        const account = await requireAccount(work, named);
        const reason = typedReason.safeParse(options.reason);
        if (!reason.success) throw asTyped(reason.error, () => undefined);
        if (!(await core.lostDevice.removeByStaff(account, reason.data, commandActor())))
          throw new UsageProblem(`account ${account.id} has no second factor that could be switched off`);
        const { email } = account.doc;
        output.result({ id: account.id, secondFactor: false, mailed: core.sendsMail }, () => [
          `the second factor of account ${account.id} is off; its sessions and tokens have ended`,
          core.sendsMail
            ? `the reason is on its way to ${email}`
            : `no mail server is configured: tell ${email} yourself`,
        ]);
      }),
    );

  addCareCommands(group, withCore);
  addApiTokenCommands(group, withCore);
  group.addCommand(totpRemovalCommands(withCore));
  addAccountSearch(group, withCore);
  addImportCommands(group, withCore);
  return group;
}
