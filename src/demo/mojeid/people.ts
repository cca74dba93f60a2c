// Who has an account at the simulated MojeID. Each of them is somebody that a connector gets wrong if it is careless.

/** What a person hands over, by the names of MojeID's claims, and the levels they can sign in with. */
export type Person = {
  /** What is special about each is in the texts, `demo.mojeid.person.<id>`. */
  readonly id: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Apart from a password. A company cannot be paired with the national point, so it has no level of assurance. */
  readonly levels: readonly string[];
  /** Has an account no more. */
  readonly cancelled?: true;
};

export const SUBSTANTIAL = 'http://eidas.europa.eu/LoA/substantial';
export const HIGH = 'http://eidas.europa.eu/LoA/high';

type Fields = {
  readonly username: string;
  readonly given: string;
  readonly family: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly phone: string;
  readonly more?: Readonly<Record<string, unknown>>;
};

const home = { street: 'Dlouhá 7', city: 'Praha 1', postal_code: '110 00', country: 'CZ' };

function claimsOf({ username, given, family, email, emailVerified = true, phone, more }: Fields) {
  return {
    mojeid_username: username,
    preferred_username: username,
    name: `${given} ${family}`,
    given_name: given,
    family_name: family,
    nickname: username,
    ...(email !== undefined && { email, email_verified: emailVerified }),
    phone_number: phone,
    phone_number_verified: true,
    address: {
      formatted: 'Dlouhá 7\n110 00 Praha 1\nCZ',
      street_address: 'Dlouhá 7',
      locality: 'Praha 1',
      postal_code: '110 00',
      country: 'CZ',
    },
    mojeid_address_def: home,
    birthdate: '1984-02-29',
    gender: 'female',
    mojeid_ident_ssn: '845229/0000',
    mojeid_valid: false,
    mojeid_is_adult: true,
    ...more,
  };
}

export const people: readonly Person[] = [
  {
    id: 'a',
    levels: [],
    claims: claimsOf({
      username: 'petra.dvorakova',
      given: 'Petra',
      family: 'Dvořáková',
      email: 'petra.dvorakova@example.cz',
      phone: '+420.601111111',
    }),
  },
  {
    id: 'b',
    levels: ['mod-pr', 'phr', SUBSTANTIAL, HIGH],
    claims: claimsOf({
      username: 'karel.vysoky',
      given: 'Karel',
      family: 'Vysoký',
      email: 'karel.vysoky@example.cz',
      phone: '+420.601222222',
      more: { mojeid_valid: true, mojeid_nia: true, gender: 'male' },
    }),
  },
  {
    id: 'c',
    levels: ['mod-pr', SUBSTANTIAL],
    claims: claimsOf({
      username: 'simona.stredni',
      given: 'Simona',
      family: 'Střední',
      email: 'simona.stredni@example.cz',
      phone: '+420.601333333',
      more: { mojeid_valid: true, mojeid_nia: true },
    }),
  },
  {
    id: 'd',
    levels: ['mod-pr'],
    claims: claimsOf({
      username: 'kvetinarstvi',
      given: 'Jana',
      family: 'Nováková',
      email: 'info@kvetinarstvi.example',
      phone: '+420.601444444',
      more: {
        mojeid_valid: true,
        mojeid_organization: 'Květinářství U Lípy s.r.o.',
        mojeid_ident_vat: '01234561',
        mojeid_vat: 'CZ01234561',
        mojeid_address_bill: { street: 'Lipová 12', city: 'Brno', postal_code: '602 00', country: 'CZ' },
      },
    }),
  },
  {
    id: 'e',
    levels: [],
    claims: claimsOf({
      username: 'bez.mailu',
      given: 'Bedřich',
      family: 'Bezmailový',
      phone: '+420.601555555',
    }),
  },
  {
    id: 'f',
    levels: [],
    claims: claimsOf({
      username: 'eva.neoverena',
      given: 'Eva',
      family: 'Neověřená',
      email: 'eva.neoverena@example.cz',
      emailVerified: false,
      phone: '+420.601666666',
    }),
  },
  {
    id: 'g',
    levels: [],
    claims: claimsOf({
      username: 'jana.jina',
      given: 'Jana',
      family: 'Jiná',
      email: 'jana.novakova@example.cz',
      phone: '+420.601777777',
    }),
  },
  {
    id: 'h',
    levels: [],
    claims: claimsOf({
      username: 'dlouhy.a.divny',
      given: `<script>alert('x')</script>`,
      family: `مرحبا \u202Eabc\u202C ${'Dlouhatánský'.repeat(6)} Ž̌`,
      email: 'divny@example.cz',
      phone: '+420.601888888',
      more: { mojeid_organization: '"><img src=x onerror=alert(1)>', nickname: '{{ 7 * 7 }}\n\u0000' },
    }),
  },
  {
    id: 'i',
    levels: [],
    cancelled: true,
    claims: claimsOf({
      username: 'zruseny',
      given: 'Zdeněk',
      family: 'Zrušený',
      email: 'zruseny@example.cz',
      phone: '+420.601999999',
    }),
  },
];
