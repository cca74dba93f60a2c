// The policies by which clients may register themselves, as they are written in the configuration.

import { z } from 'zod';

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const life = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, { error: 'must be a number with a unit, such as 10m' })
  .transform((text) => Number(text.slice(0, -1)) * seconds[text.at(-1)!]!)
  .optional();
const names = (pattern: RegExp, error: string) =>
  z.array(z.string().regex(pattern, { error })).min(1).max(50);

export const REGISTRATION_EXAMPLE =
  'must be JSON, such as {"partners": {"hosts": ["*.partner.example"], "scope": "openid profile"}}';

const policy = z
  .strictObject({
    hosts: names(
      /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/,
      'must be a host such as app.example or *.partner.example',
    ),
    schemes: names(
      /^(http|[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+)$/,
      'must be http (for loopback) or a private scheme with a dot',
    ).optional(),
    grant_types: names(/^[a-z_:-]+$/, 'must be grant types').default(['authorization_code', 'refresh_token']),
    auth_methods: names(/^[a-z_]+$/, 'must be methods of clients').default([
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ]),
    scope: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
        error: 'must name scopes separated by single spaces',
      })
      .default('openid profile email offline_access'),
    access_token_life: life,
    refresh_token_life: life,
  })
  .transform((row) => ({
    hosts: row.hosts,
    schemes: row.schemes ?? [],
    grantTypes: row.grant_types,
    authMethods: row.auth_methods,
    scope: row.scope,
    accessTokenLife: row.access_token_life,
    refreshTokenLife: row.refresh_token_life,
  }));

/** The policies by their names, as the value of `VRATNY_CLIENT_REGISTRATION`. */
export const registrationPolicies = z.record(
  z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, {
    error: 'names must be lower-case letters, digits, _ and -, beginning with a letter',
  }),
  policy,
  { error: REGISTRATION_EXAMPLE },
);
