// First orders in the console (S69): an operator opens customer and account for somebody new, who is mailed the login name
// and a link that sets the password.

import { NameTaken } from '../../src/domain/accounts/accounts.ts';
import { personLimits } from '../../src/domain/accounts/account-records.ts';
import { NumberTaken } from '../../src/domain/accounts/openings.ts';
import { OrderDiffers, orderRequest, type OrderRequest } from '../../src/domain/accounts/orders.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { randomDigits } from '../../src/lib/random.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/customers';

/**
 * The fields of the form, in their order. What came of vetting is none of them: it asks for a reason and a fresh proof, and
 * is noted at the customer afterwards.
 */
const fields = [
  'key',
  'email',
  'given_name',
  'family_name',
  'phone',
  'login',
  'locale',
  'customer_kind',
  'customer_name',
  'customer_number',
] as const;
type Field = (typeof fields)[number];

const MOST_DIGITS = 15;
const longest: Readonly<Partial<Record<Field, number>>> = { ...personLimits, customer_number: MOST_DIGITS };

const required: ReadonlySet<Field> = new Set(['key', 'email']);

/** What is wrong, by field: a key under `admin.orders.problem`. */
type Problems = Readonly<Partial<Record<string, string>>>;

/** What the rules refuse as a mistake of one field; everything else is thrown on. */
function refusalOf(error: unknown): Problems {
  if (error instanceof OrderDiffers) return { key: 'key_taken' };
  if (error instanceof NumberTaken) return { customer_number: 'number_taken' };
  if (error instanceof NameTaken) return { [error.field]: `${error.field}_taken` };
  throw error;
}

/** The pages at /admin/customers/new. */
export function createOrderPages({ acts }: { acts: Acts }) {
  function showForm(visit: ConsoleVisit, typed: Readonly<Record<string, string>>, problems: Problems): void {
    visit.show(
      'admin/order.njk',
      {
        backHref: PATH,
        fields: fields.map((name) => ({
          key: name,
          value: typed[name] ?? '',
          required: required.has(name),
          problem: problems[name] ?? '',
          longest: longest[name] ?? personLimits.name,
        })),
      },
      { problem: Object.keys(problems).length > 0 ? 'fields' : undefined },
    );
  }

  return {
    /** GET /admin/customers/new: the key is proposed, so that a form that is sent twice is one order. */
    ask: (visit: ConsoleVisit): void => showForm(visit, { key: `console-${randomDigits(10)}` }, {}),

    /** POST /admin/customers/new */
    async open(visit: ConsoleVisit): Promise<void> {
      const typed = Object.fromEntries(fields.map((name) => [name, (visit.form[name] ?? '').trim()]));
      const given = orderRequest.safeParse(
        Object.fromEntries(Object.entries(typed).filter(([, text]) => text !== '')),
      );
      if (!given.success)
        return showForm(
          visit,
          typed,
          Object.fromEntries(given.error.issues.map(({ path: [name] }) => [String(name), String(name)])),
        );
      const number = await openOrder(given.data);
      if (typeof number !== 'string') return showForm(visit, typed, number);
      return visit.goTo(`${PATH}/${number}`, 'order_opened');

      async function openOrder(order: OrderRequest): Promise<string | Problems> {
        try {
          return (await acts.customers.openOrder(visit.by, order)).customer.doc.number;
        } catch (error) {
          return refusalOf(error);
        }
      }
    },
  };
}
