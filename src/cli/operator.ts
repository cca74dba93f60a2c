// `operator …`: who is staff, and in which roles.

import { Argument, Command } from 'commander';
import { displayName } from '../domain/accounts/accounts.ts';
import { rolesOf, type RoleOutcome } from '../domain/operators/operators.ts';
import { operatorRoleNames, type OperatorRole } from '../domain/operators/permissions.ts';
import { commandActor } from './actor.ts';
import { table } from './columns.ts';
import { requireAccount, shownAccount } from './named-account.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

async function list({ core, output }: Work): Promise<void> {
  const operators = await core.operators.list();
  output.result(operators.map(shownAccount), () =>
    table(
      operators.map(({ id, doc }) => ({
        id,
        login: doc.login ?? doc.email,
        name: displayName(doc),
        roles: rolesOf(doc).join(', '),
        status: doc.status,
      })),
    ),
  );
}

/** The `operator` group. */
export function operatorCommands(withCore: WithCore): Command {
  const group = new Command('operator').description('staff: who may use the console, and what they may do');

  group
    .command('list')
    .description('all operators and their roles')
    .addOption(jsonOption())
    .action((options: { json?: true }) => withCore(options.json === true, list));

  const change = (
    verb: 'grant' | 'revoke',
    description: string,
    act: (work: Work, accountId: string, role: OperatorRole) => Promise<RoleOutcome>,
  ) =>
    group
      .command(verb)
      .description(`${description}; the account by id, login name or e-mail`)
      .argument('<account>')
      .addArgument(new Argument('<role>').choices(operatorRoleNames))
      .addOption(jsonOption())
      .action((named: string, role: OperatorRole, options: { json?: true }) =>
        withCore(options.json === true, async (work) => {
          const { id } = await requireAccount(work, named);
          const outcome = await act(work, id, role);
          if (outcome.kind === 'last_owner')
            throw new UsageProblem('this is the last owner: make somebody else one first');
          const { account } = outcome;
          work.output.result(shownAccount(account), () => [
            `account ${account.id}: ${rolesOf(account.doc).join(', ') || 'no operator'}`,
          ]);
        }),
      );
  change('grant', 'give a role', ({ core }, id, role) => core.operators.grant(commandActor(), id, role));
  change('revoke', 'take a role away; it acts at once', ({ core }, id, role) =>
    core.operators.revoke(commandActor(), id, role),
  );

  return group;
}
