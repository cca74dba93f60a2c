// What the browser brings back from an upstream: judged before anything is asked of the provider (RFC 9700 §2.1, §4.4,
// §4.7; RFC 9207).

import { secretsEqual } from '../../src/lib/digest.ts';
import { UpstreamRefused, type UpstreamRefusal, type UpstreamTicket } from '../../src/ports/upstream.ts';

const LONGEST_CODE = 2048;

/** What an error says (OpenID Connect Core §3.1.2.6; Unmet Authentication Requirements 1.0). */
const refusals: Readonly<Record<string, UpstreamRefusal>> = {
  access_denied: 'cancelled',
  login_required: 'login_required',
  interaction_required: 'interaction_required',
  account_selection_required: 'interaction_required',
  consent_required: 'interaction_required',
  unmet_authentication_requirements: 'level_unmet',
};

export type Callback = { readonly code: string; readonly issuer?: string };

/** The code of an answer that belongs to the ticket. Throws `UpstreamRefused`. */
export function readCallback(
  params: URLSearchParams,
  ticket: Pick<UpstreamTicket, 'state' | 'acrValues'>,
  { issuer, clientId }: { readonly issuer: string; readonly clientId: string },
): Callback {
  for (const name of new Set(params.keys())) {
    if (params.getAll(name).length > 1) throw invalid('a parameter came twice');
  }
  const get = (name: string) => params.get(name) ?? undefined;
  // Whoever mixes providers up sends the answer of one to another (RFC 9700 §4.4); older drafts name the client too.
  const from = get('iss');
  if (from !== undefined && from !== issuer) throw invalid('the answer is of another issuer');
  if (params.has('client_id') && get('client_id') !== clientId)
    throw invalid('the answer is to another client');

  const state = get('state');
  const isOurs = state !== undefined && secretsEqual(state, ticket.state);
  const error = get('error');
  if (error !== undefined) {
    if (params.has('code')) throw invalid('an error and a code came together');
    throw refusalOf(error, { hasState: state !== undefined, isOurs, ticket });
  }
  if (!isOurs) throw invalid(state === undefined ? 'the state is missing' : 'the state is another');
  const code = get('code');
  if (code === undefined || code === '' || code.length > LONGEST_CODE) throw invalid('there is no code');
  return { code, ...(from !== undefined && { issuer: from }) };
}

/**
 * MojeID (pyoidc) leaves out the state where it does not sign in. Then the browser's own transaction, which the caller
 * has taken, is at its end and nothing more follows; who forges that turns somebody back and gains nothing.
 */
function refusalOf(
  error: string,
  answer: {
    readonly hasState: boolean;
    readonly isOurs: boolean;
    readonly ticket: Pick<UpstreamTicket, 'acrValues'>;
  },
): UpstreamRefused {
  const reason = Object.hasOwn(refusals, error) ? refusals[error] : undefined;
  if (answer.hasState && !answer.isOurs) return invalid('the state is another');
  const named = reason === undefined ? nameOf(error) : error;
  if (!answer.hasState && reason === undefined) return invalid(`${named} without a state`);
  // The same provider says so when it has no such level to offer.
  if (!answer.hasState && error === 'access_denied' && (answer.ticket.acrValues ?? []).length > 0)
    return new UpstreamRefused('level_unmet', 'access_denied when a level was demanded');
  return new UpstreamRefused(reason ?? 'unavailable', `the provider answered ${named}`);
}

/** An error code that may be logged (RFC 6749 §4.1.2.1), or that there was another. */
export const nameOf = (error: string): string =>
  /^[a-z0-9_]{1,60}$/.test(error) ? error : 'an unknown error';

const invalid = (detail: string): UpstreamRefused => new UpstreamRefused('invalid', detail);
