// What marks a session of support, and every grant that comes of it: the use that it belongs to. A grant has the mark in
// its id, which every code and token names, so that nothing has to be looked up to know whose they are.

import type Engine from 'oidc-provider';
import type { StandingUse } from '../domain/support-access/uses.ts';
import { randomToken } from '../lib/random.ts';

export type SupportMark = {
  /** The id of the use. */
  readonly use: string;
  /** Seconds since 1970: nothing that comes of it lives longer. */
  readonly until: number;
};

/** Of a session: whom it acts for, too; for nobody else. */
export type SessionMark = SupportMark & { readonly customerId: string };

type Payload = { IN_PAYLOAD: string[] };

/** No grant of a person begins like that: their ids have no dots. */
const PREFIX = 'support';

/** Makes the engine keep the mark with a session. */
export function rememberSupport(provider: Engine): void {
  const Session = provider.Session as unknown as Payload;
  const fields = [...Session.IN_PAYLOAD, 'support'];
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => fields });
}

export const markOf = ({ id, customerId, endsAt }: StandingUse): SessionMark => ({
  use: id,
  until: Math.floor(endsAt.getTime() / 1000),
  customerId,
});

/** The mark of a session; `undefined` when it is a person's own. */
export const markOfSession = (session: object | undefined): SessionMark | undefined =>
  session && 'support' in session ? (session.support as SessionMark | undefined) : undefined;

/** The id of a new grant of support. */
export const markedGrantId = ({ use, until }: SupportMark): string =>
  [PREFIX, use, until, randomToken()].join('.');

/** The mark of a grant by its id; `undefined` when it is a person's own. */
export function markOfGrant(grantId: string | undefined): SupportMark | undefined {
  const [prefix, use = '', until = ''] = grantId?.split('.') ?? [];
  return prefix === PREFIX ? { use, until: Number(until) } : undefined;
}
