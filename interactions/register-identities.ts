// What the registration takes from an identity at an upstream (S75): from the browser that proved it, never from the form.

import { comparableName } from '../src/domain/accounts/accounts.ts';
import { billingOf, nameOf, readAddress, shownAddress } from '../src/domain/federation/differences.ts';
import type { Upstreams } from '../src/domain/federation/upstreams.ts';
import {
  linkedIdentityOf,
  shownIdentity,
  type Waiting,
  type WaitingIdentities,
  type WaitingPlace,
} from '../src/domain/federation/waiting-identities.ts';
import type { RegisteredIdentity } from '../src/domain/registration/stored-registration.ts';
import type { Form } from '../src/http/form.ts';
import type { Clock } from '../src/ports/clock.ts';
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

/** What it says beside the fields of the form, and whether that is to be taken over: yes, until somebody says no. */
function extrasOf({ profile }: NonNullable<Waiting['identity']>, form: Form) {
  const { billing } = billingOf(profile);
  const numbers = [billing.ico && `IČO ${billing.ico}`, billing.dic && `DIČ ${billing.dic}`];
  return [
    { item: 'address', text: shownAddress(readAddress(profile)) },
    { item: 'billing', text: [...numbers, shownAddress(billing)].filter(Boolean).join(', ') },
  ]
    .filter(({ text }) => text !== '')
    .map((extra) => ({
      ...extra,
      isTicked: form['csrf'] === undefined || form[`take_${extra.item}`] === 'yes',
    }));
}

/** Identities for the registration form. */
export function createRegisterIdentities(parts: {
  upstreams: Upstreams;
  waiting: Pick<WaitingIdentities, 'find'>;
  clock: Clock;
}) {
  const { upstreams, waiting, clock } = parts;
  /** What waits in this browser under this serial: an identity, or why there is none. */
  async function find(browserId: string, serial: string | undefined, uid: string | undefined) {
    if (serial === undefined || serial === '') return undefined;
    const places: WaitingPlace[] = [{ registration: true }, ...(uid === undefined ? [] : [{ uid }])];
    for (const place of places) {
      const found = await waiting.find(browserId, place);
      if (found && !found.isLinked && secretsEqual(found.serial, serial)) return { place, ...found };
    }
    return undefined;
  }

  /**
   * An identity as it registers, with what was ticked of what else it says; its address is trusted only as far as its
   * upstream is.
   */
  function registered(found: Waiting | undefined, form: Form): RegisteredIdentity | undefined {
    const upstream = upstreams.find(found?.upstream ?? '');
    if (!found?.identity || !upstream) return undefined;
    const { profile } = found.identity;
    const { email, emailVerified } = profile;
    const address = readAddress(profile);
    const said = {
      name: nameOf(profile),
      phone: profile.phone ?? '',
      company: profile.company?.name ?? '',
      at: clock.now().toISOString(),
    };
    const billing = form['take_billing'] === 'yes' ? billingOf(profile) : undefined;
    return {
      ...linkedIdentityOf(found.upstream, found.identity),
      label: upstream.label,
      ...(upstream.trustsEmail && emailVerified && email !== undefined
        ? { trustedEmail: comparableName(email) }
        : {}),
      said,
      ...(address !== undefined && form['take_address'] === 'yes' ? { address } : {}),
      ...(billing !== undefined && billing.fields.length > 0 ? { billing } : {}),
    };
  }

  return {
    find,
    registered,

    /** What the page of the form shows of it. */
    props: (found: Waiting | undefined, form: Form) => ({
      extras: found?.identity ? extrasOf(found.identity, form) : [],
      upstreams: found?.identity ? [] : upstreams.faces(),
      label: upstreams.labelOf(found?.upstream ?? ''),
      refused: found?.problem ?? '',
      identity: found?.identity ? shownIdentity(found.identity) : '',
      isFromUpstream: found?.identity !== undefined,
      serial: found?.identity ? found.serial : '',
    }),
  };
}

export type RegisterIdentities = ReturnType<typeof createRegisterIdentities>;
