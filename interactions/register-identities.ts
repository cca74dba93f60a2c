// What the registration takes from an identity at an upstream (S75): from the browser that proved it, never from the form.

import { comparableName } from '../src/domain/accounts/accounts.ts';
import type { Upstreams } from '../src/domain/federation/upstreams.ts';
import {
  linkedIdentityOf,
  shownIdentity,
  type Waiting,
  type WaitingIdentities,
  type WaitingPlace,
} from '../src/domain/federation/waiting-identities.ts';
import type { RegisteredIdentity } from '../src/domain/registration/registrations.ts';
import type { Form } from '../src/http/form.ts';
import { secretsEqual } from '../src/lib/digest.ts';

/** What an identity fills in; every field can be changed. */
export function prefilled({ profile }: NonNullable<Waiting['identity']>): Form {
  const { givenName, familyName, email, phone, company } = profile;
  return {
    kind: company?.name === undefined ? 'person' : 'company',
    ...(company?.name === undefined ? {} : { company: company.name }),
    ...(givenName === undefined ? {} : { given_name: givenName }),
    ...(familyName === undefined ? {} : { family_name: familyName }),
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
  };
}

/** Identities for the registration form. */
export function createRegisterIdentities(parts: {
  upstreams: Upstreams;
  waiting: Pick<WaitingIdentities, 'find'>;
}) {
  const { upstreams, waiting } = parts;
  /** What waits in this browser under this serial: an identity, or why there is none. */
  async function find(browserId: string, serial: string | undefined, uid: string | undefined) {
    if (serial === undefined || serial === '') return undefined;
    const places: WaitingPlace[] = [{ registration: true }, ...(uid === undefined ? [] : [{ uid }])];
    for (const place of places) {
      const found = await waiting.find(browserId, place);
      if (found && secretsEqual(found.serial, serial)) return { place, ...found };
    }
    return undefined;
  }

  /** An identity as it registers; its address is trusted only as far as its upstream is. */
  function registered(found: Waiting | undefined): RegisteredIdentity | undefined {
    const upstream = upstreams.find(found?.upstream ?? '');
    if (!found?.identity || !upstream) return undefined;
    const { email, emailVerified } = found.identity.profile;
    return {
      ...linkedIdentityOf(found.upstream, found.identity),
      label: upstream.label,
      ...(upstream.trustsEmail && emailVerified && email !== undefined
        ? { trustedEmail: comparableName(email) }
        : {}),
    };
  }

  return {
    find,
    registered,

    /** What the page of the form shows of it. */
    props: (found: Waiting | undefined) => ({
      upstreams: found?.identity ? [] : upstreams.faces(),
      label: upstreams.labelOf(found?.upstream ?? ''),
      refused: found?.problem ?? '',
      identity: found?.identity ? shownIdentity(found.identity) : '',
      isFromUpstream: found?.identity !== undefined,
      serial: found?.identity ? found.serial : '',
    }),
  };
}
