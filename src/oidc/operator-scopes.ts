// The operators' API as a resource server of the engine: its address. Its scopes are the names of
// the permissions.

/** Where the operators' API is, below the issuer. */
export const OPERATORS_API = '/admin/api/v1';

/** Whether a path is the API's: it answers for every path below its own. */
export const isOperatorsApi = (path: string): boolean =>
  path === OPERATORS_API || path.startsWith(`${OPERATORS_API}/`);

/** Its page for people: a page like others, in the language that they choose. */
export const OPERATORS_API_PAGE = `${OPERATORS_API}/docs`;

/** Its address, which is the `resource` that tokens for it are asked for by. */
export const operatorsApiOf = (issuer: string): string => `${issuer}${OPERATORS_API}`;
