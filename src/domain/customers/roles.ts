// What a member of a customer may do, by role: one table, to which an operator may add roles. The account pages and
// whatever else acts for a customer ask it at every request.

/** Everything that can be allowed. */
export const memberPermissions = [
  'members:read',
  'members:write',
  'customer:read',
  'customer:write',
  'contacts:read',
  'contacts:write',
  'closing:write',
  'support-access:read',
  'support-access:write',
] as const;
export type MemberPermission = (typeof memberPermissions)[number];

/** A role that an operator has added, with what it is called. */
export type AddedRole = {
  readonly label: { readonly cs: string; readonly en: string };
  readonly may: readonly MemberPermission[];
};

/** The roles that there always are; each is called by its locale key under `role`. */
export const houseRoles = {
  owner: memberPermissions,
  manager: [
    'members:read',
    'customer:read',
    'customer:write',
    'contacts:read',
    'contacts:write',
    'support-access:read',
  ],
  viewer: ['members:read', 'customer:read', 'contacts:read', 'support-access:read'],
} as const satisfies Readonly<Record<string, readonly MemberPermission[]>>;

/** What no added role can have: whoever may decide about members hands it on only if it is theirs. */
const ownersAlone: readonly MemberPermission[] = ['closing:write', 'support-access:write'];

/** A role as pages show it: `label` is set for those that were added. */
export type RoleFace = { readonly name: string; readonly label: string };

/** The table of roles; a role that there is not (any more) may do nothing. */
export function createRoles(added: Readonly<Record<string, AddedRole>>) {
  const mayOf = (role: string): readonly MemberPermission[] =>
    Object.hasOwn(houseRoles, role)
      ? houseRoles[role as keyof typeof houseRoles]
      : Object.hasOwn(added, role)
        ? added[role]!.may
        : [];
  const face = (name: string, locale: 'cs' | 'en'): RoleFace => ({
    name,
    label: Object.hasOwn(added, name) ? added[name]!.label[locale] : '',
  });
  return {
    names: [...Object.keys(houseRoles), ...Object.keys(added)] as readonly string[],
    may: (role: string, permission: MemberPermission): boolean => mayOf(role).includes(permission),
    /** Whether somebody in one role may give, take or decide about the other one: owners are owners' affair. */
    mayDecide: (role: string, about: string): boolean =>
      ownersAlone.every(
        (permission) => !mayOf(about).includes(permission) || mayOf(role).includes(permission),
      ),
    permissionsOf: mayOf,
    face,
    /** All of them, for a choice. */
    faces: (locale: 'cs' | 'en'): RoleFace[] =>
      [...Object.keys(houseRoles), ...Object.keys(added)].map((name) => face(name, locale)),
  };
}

export type Roles = ReturnType<typeof createRoles>;
