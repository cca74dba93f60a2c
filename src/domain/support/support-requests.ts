// Requests to support, of signed-in people (own-requests.ts) and of those who cannot get in: a second factor that is gone,
// and neither mail nor phone at hand (S59), or nobody knows the e-mail that they sign in with (S68). For the latter
// nothing is looked up, so the answer is the same for every address; staff decide.

import { z } from 'zod';
import type { Log } from '../../lib/log.ts';
import { timeOrderedId } from '../../lib/random.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import { supportRows } from './support-rows.ts';
import type { Letters } from '../messages/letters.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import { originOf, wideOriginOf, type Quotas } from '../limits/quotas.ts';

export const supportStates = ['open', 'taken', 'answered', 'closed'] as const;
export type SupportState = (typeof supportStates)[number];

/** What is lost; of a lost login e-mail the name of one service of theirs is asked instead. */
export type SupportKind = 'second-factor' | 'login';
/** `account`: nothing is lost, and the person was signed in. */
export const requestKinds = ['second-factor', 'login', 'account'] as const;
export type RequestKind = (typeof requestKinds)[number];

/** A message of what was written to and fro after the request. */
export type SupportMessage = {
  readonly by: 'person' | 'operator';
  readonly at: string;
  readonly text: string;
};

export type SupportRequest = {
  readonly kind: RequestKind;
  readonly state: SupportState;
  /** The login e-mail as typed: nobody has checked whose it is. */
  readonly email?: string;
  /** One service in the account, as typed. */
  readonly service?: string;
  /** What happened. */
  readonly text: string;
  /** How to reach the person. */
  readonly contact: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly address?: string;
  readonly closedAt?: string;
  /** Who wrote it, when they were signed in; and what only such a request has. */
  readonly accountId?: string;
  readonly subject?: string;
  readonly server?: { readonly name: string; readonly access: string };
  /** The server's password, until an operator has seen it. */
  readonly sealedPassword?: string;
  readonly messages?: readonly SupportMessage[];
  /** There is an answer that the person has not seen. */
  readonly isUnseen?: true;
  /** The operator who works on it, as the audit log names them. */
  readonly takenBy?: string;
};

export type StoredSupportRequest = Stored<SupportRequest>;
export type SupportFields = Readonly<
  Record<'email' | 'service' | 'text' | 'contact' | 'proof', string | undefined>
>;
export type SupportProblem =
  'no_email' | 'no_service' | 'no_text' | 'no_contact' | 'too_long' | 'proof_missing' | 'proof_refused';

export type SupportOutcome =
  | { readonly kind: 'sent' }
  /** `field` is what the problem stands at, unless it is one of the proof of work. */
  | { readonly kind: 'refused'; readonly problem: SupportProblem; readonly field?: string }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** Longest values, in UTF-16 units as browsers count them. */
export const supportLimits = { email: 254, service: 253, text: 2000, contact: 200 } as const;

/** How many requests are taken: from one /32 or /64, from one /24 or /48; and how many of all are mailed. */
export const supportQuotas = {
  network: { limit: 3, windowSeconds: 3600 },
  wide: { limit: 10, windowSeconds: 3600 },
  all: { limit: 100, windowSeconds: 3600 },
} as const;

/** As many as a person's list shows. */
const MOST_OWN = 200;

/** Personal data that nobody needs for ever. */
const KEPT_DAYS: Readonly<Record<SupportState, number>> = {
  open: 365,
  taken: 365,
  answered: 365,
  closed: 90,
};

/** Until when a request in this state is kept, if nothing more is written. */
export const keptUntil = (state: SupportState, now: Date): Date =>
  new Date(now.getTime() + KEPT_DAYS[state] * 86_400_000);

/** What the password of a request's server is sealed for. */
export const passwordContext = (id: string): string => `support request ${id}: password`;

/** A text as it was typed, without spaces around it; the problem of an empty one is given. */
export const paragraph = (limit: number, missing: string) =>
  z
    .string({ error: missing })
    // Line ends come as CR LF from forms, and count as one.
    .transform((value) => value.replaceAll(/\r\n?/g, '\n').trim())
    .pipe(z.string().min(1, { error: missing }).max(limit, { error: 'too_long' }));
/** The same on one line. */
export const oneLine = (limit: number, missing: string) =>
  paragraph(limit, missing).transform((value) => value.replaceAll(/\s+/g, ' '));
const always = {
  text: paragraph(supportLimits.text, 'no_text'),
  contact: oneLine(supportLimits.contact, 'no_contact'),
};
/** What each kind asks for. */
const submitted = {
  'second-factor': z.object({
    email: paragraph(supportLimits.email, 'no_email').pipe(
      z.string().regex(/^[^\s@]+@[^\s@]+$/, { error: 'no_email' }),
    ),
    ...always,
  }),
  login: z.object({ service: oneLine(supportLimits.service, 'no_service'), ...always }),
} as const satisfies Record<SupportKind, z.ZodType>;

/** Requests to the operators over the store. */
export function createSupportRequests(parts: {
  store: Store;
  clock: Clock;
  quotas: Quotas;
  proofOfWork: ProofOfWork;
  letters: Pick<Letters, 'toOperator'>;
  log: Log;
}) {
  const { store, clock, quotas, proofOfWork, letters, log } = parts;
  const requests = supportRows(store);

  return {
    /** Takes a request: stored first, then mailed to the operators. `subject` is what the proof of work is about. */
    async submit(
      { proof, ...fields }: Partial<SupportFields>,
      subject: string,
      address: string | undefined,
      kind: SupportKind = 'second-factor',
    ): Promise<SupportOutcome> {
      const given = submitted[kind].safeParse(fields);
      if (!given.success) {
        const { message, path } = given.error.issues[0]!;
        return { kind: 'refused', problem: message as SupportProblem, field: String(path[0]) };
      }
      const verdict = await proofOfWork.redeem(subject, proof);
      if (verdict !== 'accepted') return { kind: 'refused', problem: `proof_${verdict}` };
      const retryAfterSeconds = await quotas.spend([
        { id: `support:network:${originOf(address)}`, ...supportQuotas.network },
        { id: `support:wide:${wideOriginOf(address)}`, ...supportQuotas.wide },
      ]);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      // When there are too many in all, whoever has no other way in is still heard: only the mails stop.
      const isCrowded = (await quotas.spend([{ id: 'support:all', ...supportQuotas.all }])) > 0;

      const now = clock.now();
      const { id, doc } = await requests.insert(
        timeOrderedId(now),
        {
          kind,
          state: 'open',
          ...given.data,
          at: now.toISOString(),
          ...(address === undefined ? {} : { address }),
        },
        keptUntil('open', now),
      );
      if (isCrowded) return { kind: 'sent' };
      const mailed = await letters.toOperator('support-request', {
        id,
        kind,
        email: doc.email ?? '',
        service: doc.service ?? '',
        text: doc.text,
        contact: doc.contact,
        when: now,
        address: address ?? '',
      });
      if (!mailed) log.warn({ supportRequest: id }, 'a support request waits, and no address is set to tell');
      return { kind: 'sent' };
    },

    /** Requests in a state, newest first. */
    list: (state: SupportState, page: { after?: string; limit: number }): Promise<StoredSupportRequest[]> =>
      requests.list({ key: 'state', value: state }, { ...page, newestFirst: true }),

    /** The requests of an account, newest first. */
    ofAccount: (accountId: string): Promise<StoredSupportRequest[]> =>
      requests.list({ key: 'accountId', value: accountId }, { limit: MOST_OWN, newestFirst: true }),

    /** How many requests of an account have an answer that the person has not seen. */
    unseen: async (accountId: string): Promise<number> =>
      (await requests.list({ key: 'accountId', value: accountId }, { limit: MOST_OWN })).filter(
        ({ doc }) => doc.isUnseen === true,
      ).length,
  };
}

export type SupportRequests = ReturnType<typeof createSupportRequests>;
