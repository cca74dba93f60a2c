// What a registration takes from an identity beside what its form has (S75), and where the data of the form come from:
// of what the person has changed there, the upstream is not the source.

import type { Sources } from '../accounts/sources.ts';
import type { NewAccount } from '../accounts/accounts.ts';
import type { Customer } from '../customers/customers.ts';
import type { Registration } from './stored-registration.ts';

type Person = NonNullable<Registration['person']>;

const given = (sources: Sources): { sources?: Sources } =>
  Object.keys(sources).length === 0 ? {} : { sources };

/** Sources of these items, by whether each is as it was said. */
function sourcesOf({ identity }: Person, items: Readonly<Record<string, boolean>>): Sources {
  const { upstream, said } = identity ?? {};
  if (upstream === undefined || said === undefined) return {};
  const source = { upstream, at: said.at };
  return Object.fromEntries(
    Object.entries(items).flatMap(([item, isTheirs]) => (isTheirs ? [[item, source] as const] : [])),
  );
}

/** What the account gets beside the form: the address that was ticked, and whence its items are. */
export function registeredAccount(person: Person, name: string): Pick<NewAccount, 'address' | 'sources'> {
  const { said, address } = person.identity ?? {};
  const sources = sourcesOf(person, {
    name: name !== '' && name === said?.name,
    phone: person.phone === said?.phone,
    address: address !== undefined,
  });
  return { ...(address === undefined ? {} : { address }), ...given(sources) };
}

/** What the customer gets beside the form: billing data that were ticked, and whence its items are. */
export function registeredCustomer(person: Person): Pick<Customer, 'billing' | 'sources'> {
  const { said, billing } = person.identity ?? {};
  const sources = sourcesOf(person, {
    ...Object.fromEntries((billing?.fields ?? []).map((field) => [field, true])),
    name: person.company !== undefined && person.company === said?.company,
  });
  return { ...(billing === undefined ? {} : { billing: billing.billing }), ...given(sources) };
}
