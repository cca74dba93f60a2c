// The menu of the account: its sections in their order, and the pages that some of them hold. A section or a page of
// one is a row here, with its text under `account.section`.

import type { MemberPermission } from '../../src/domain/customers/roles.ts';

/** A line of the menu; a section with pages of its own opens with the first of them that is shown. */
export type MenuItem = { readonly path: string; readonly key: string };
export type MenuSection = MenuItem | { readonly key: string; readonly items: readonly MenuItem[] };

/** A line as the layout gets it: `current` when the page that is shown belongs to it. */
export type MenuLine = MenuItem & { readonly current: boolean };

/**
 * The order that people find them in: overview, personal data, security, history, sessions, applications, identity and
 * access, customer, support.
 */
export const menu: readonly MenuSection[] = [
  { path: '/account', key: 'overview' },
  { path: '/account/profile', key: 'profile' },
  { path: '/account/security', key: 'security' },
  {
    key: 'history',
    items: [
      { path: '/account/history', key: 'history' },
      { path: '/account/changes', key: 'changes' },
    ],
  },
  { path: '/account/sessions', key: 'sessions' },
  { path: '/account/applications', key: 'applications' },
  {
    key: 'access',
    items: [
      { path: '/account/members', key: 'members' },
      { path: '/account/api-tokens', key: 'api_tokens' },
      { path: '/account/keys', key: 'keys' },
    ],
  },
  {
    key: 'customer',
    items: [
      { path: '/account/customer', key: 'customer_data' },
      { path: '/account/customer/contacts', key: 'contacts' },
      { path: '/account/customer/changes', key: 'customer_changes' },
      { path: '/account/customer/support-access', key: 'support_access' },
      { path: '/account/customers', key: 'choose_customer' },
      { path: '/account/invitations', key: 'invitations' },
      { path: '/account/customer/closing', key: 'closing' },
    ],
  },
  { path: '/account/support', key: 'support' },
];

/** The lines that only those see whose role in the customer allows it. */
export const customerLines: Readonly<Record<string, MemberPermission>> = {
  members: 'members:read',
  customer_data: 'customer:read',
  contacts: 'contacts:read',
  customer_changes: 'customer:read',
  closing: 'closing:write',
  support_access: 'support-access:read',
};

/** The lines that are for the person alone, and not for support in their place. */
export const personalLines: readonly string[] = ['choose_customer', 'invitations'];

/** The first page stands above all others, and holds none of them. */
const holds = (item: MenuItem, path: string): boolean =>
  path === item.path || (item.path !== '/account' && path.startsWith(`${item.path}/`));

/** Of the lines that hold a path the one that says most of it. */
const lineFor = (items: readonly MenuItem[], path: string): MenuItem | undefined =>
  items.filter((item) => holds(item, path)).sort((a, b) => b.path.length - a.path.length)[0];

/** The menu of a person on the page at `path`: the sections, and the pages of the one that they are in. */
export function menuAt(
  at: string,
  isShown: (key: string) => boolean = () => true,
): { readonly sections: readonly MenuLine[]; readonly pages: readonly MenuLine[] } {
  const path = at.replace(/(?<!\/)\/+$/, '');
  const shown = menu.flatMap((section) => {
    const items = ('items' in section ? section.items : [section]).filter(({ key }) => isShown(key));
    const [first] = items;
    return first === undefined ? [] : [{ key: section.key, first, items }];
  });
  // A page whose line is not shown to this person is in its section all the same.
  const section = menu.find((one) => ('items' in one ? one.items : [one]).some((item) => holds(item, path)));
  const here = shown.find(({ key }) => key === section?.key);
  return {
    sections: shown.map((one) => ({ path: one.first.path, key: one.key, current: one === here })),
    pages:
      here !== undefined && here.items.length > 1
        ? here.items.map((item) => ({ ...item, current: item === lineFor(here.items, path) }))
        : [],
  };
}
