// `account search`, `customer search` and `client search`: what the console's box finds, on the command line.

import type { Command } from 'commander';
import { displayName } from '../domain/accounts/accounts.ts';
import { BadPlace, type Found } from '../domain/search/prefix-search.ts';
import { table } from './columns.ts';
import { limitOption, readLimit } from './limit-option.ts';
import { shownAccount } from './named-account.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

type Typed = { limit: string; after?: string; json?: true };

function addSearch(
  group: Command,
  withCore: WithCore,
  description: string,
  find: (
    work: Work,
    text: string,
    page: { after?: string | undefined; limit: number },
  ) => Promise<Found<unknown>>,
): void {
  group
    .command('search <text>')
    .description(description)
    .addOption(limitOption())
    .option('--after <place>', 'go on after this place')
    .addOption(jsonOption())
    .action((text: string, options: Typed) =>
      withCore(options.json === true, async (work) => {
        const { after } = options;
        const limit = readLimit(options.limit);
        try {
          const { next } = await find(work, text, { after, limit });
          if (next !== undefined) work.output.note(`there are more: go on with --after ${next}`);
        } catch (error) {
          if (error instanceof BadPlace)
            throw new UsageProblem(`--after: ${error.message}`, { cause: error });
          throw error;
        }
      }),
    );
}

/** `account search`. */
export const addAccountSearch = (group: Command, withCore: WithCore): void =>
  addSearch(
    group,
    withCore,
    'accounts by login name, e-mail, phone, name or id, or the beginning of one',
    async ({ core, output }, text, wanted) => {
      const found = await core.acts.search.accounts(text, wanted);
      output.result(found.hits.map(shownAccount), () =>
        table(
          found.hits.map(({ id, doc }) => ({
            id,
            login: doc.login ?? '',
            email: doc.email,
            name: displayName(doc),
            phone: doc.phone ?? '',
            status: doc.status,
          })),
        ),
      );
      return found;
    },
  );

/** `customer search`. */
export const addCustomerSearch = (group: Command, withCore: WithCore): void =>
  addSearch(
    group,
    withCore,
    'customers by number, company number, domain or name, or the beginning of one',
    async ({ core, output }, text, wanted) => {
      const found = await core.acts.search.customers(text, wanted);
      output.result(
        found.hits.map(({ id, doc }) => ({ id, ...doc })),
        () =>
          table(
            found.hits.map(({ doc }) => ({
              number: doc.number,
              name: doc.name,
              kind: doc.kind,
              vetting: doc.vetting?.state ?? 'unvetted',
            })),
          ),
      );
      return found;
    },
  );

/** `client search`. */
export const addClientSearch = (group: Command, withCore: WithCore): void =>
  addSearch(
    group,
    withCore,
    'clients by name, client_id or host of an address, or the beginning of one',
    async ({ core, output }, text, wanted) => {
      const found = await core.acts.search.clients(text, wanted);
      output.result(
        found.hits.map(({ doc }) => doc.metadata),
        () =>
          table(
            found.hits.map(({ doc: { metadata } }) => ({
              client_id: metadata.client_id,
              name: metadata.client_name,
              authentication: metadata.token_endpoint_auth_method,
            })),
          ),
      );
      return found;
    },
  );
