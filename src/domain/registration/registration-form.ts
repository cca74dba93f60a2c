// What a registration form must hold (S62–S64): a person or a company, where to reach them, the first password where
// the form asks for it, and the texts that they agree to in the version that they were shown.

import type { Agreement } from '../accounts/accounts.ts';
import { readEmail } from '../accounts/email-addresses.ts';
import type { NewPasswords } from '../passwords/new-passwords.ts';
import { PASSWORD_INPUT_LIMIT, type PasswordProblem, type PasswordRules } from '../passwords/passwords.ts';
import type { PhonePolicy, PhoneProblem } from '../factors/phone-policy.ts';

/** A text that whoever registers must agree to. */
export type AgreedText = Pick<Agreement, 'document' | 'version'> & { readonly url: string };

export type RegistrationRules = {
  readonly passwords: PasswordRules;
  readonly judgePassword: NewPasswords['judge'];
  /** Whether the form asks for the first password; else a link to set it is mailed after the activation. */
  readonly asksPassword: boolean;
  readonly phones: PhonePolicy;
  readonly texts: readonly AgreedText[];
};

export type RegistrationField =
  'kind' | 'given_name' | 'family_name' | 'company' | 'email' | 'phone' | 'password' | 'terms' | 'privacy';
export type RegistrationFields = Readonly<Partial<Record<RegistrationField, string | undefined>>>;

/** Each is a locale key under `page.register.problem`. */
export type FieldProblem =
  | 'no_given_name'
  | 'no_family_name'
  | 'no_company'
  | 'bad_name'
  | 'no_email'
  | 'not_invited'
  | 'no_password'
  | 'not_agreed'
  | PhoneProblem
  | PasswordProblem;
export type FieldProblems = Readonly<Partial<Record<RegistrationField, FieldProblem>>>;

/** Who wants to register, as judged; the password is yet to be hashed. */
export type Registrant = {
  readonly kind: 'person' | 'company';
  readonly givenName?: string;
  readonly familyName?: string;
  readonly company?: string;
  readonly email: string;
  readonly phone: string;
};

export type JudgedForm =
  | { readonly kind: 'good'; readonly registrant: Registrant; readonly password: string | undefined }
  | { readonly kind: 'refused'; readonly problems: FieldProblems };

/** Longest values, in UTF-16 units as browsers count them. */
export const registrationLimits = { name: 100, email: 254, phone: 40 } as const;

/** What an address is made of. */
const NO_NAME = /https?:|www\.|[@<>]/i;

/** A name that wants to be clicked on is none: others see it, in mails and on pages. */
export const isOrdinaryName = (name: string): boolean => !NO_NAME.test(name);

const clean = (text: string | undefined): string =>
  (text ?? '')
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

function judgeName(name: string, missing: FieldProblem, isWanted: boolean): FieldProblem | undefined {
  if (name === '') return isWanted ? missing : undefined;
  return name.length > registrationLimits.name || !isOrdinaryName(name) ? 'bad_name' : undefined;
}

/** Judges a form; every field that is wrong is told, not only the first. */
export async function judgeRegistration(
  fields: RegistrationFields,
  rules: RegistrationRules,
): Promise<JudgedForm> {
  const isCompany = fields.kind === 'company';
  const [givenName, familyName] = [clean(fields.given_name), clean(fields.family_name)];
  const company = isCompany ? clean(fields.company) : '';
  const read = readEmail((fields.email ?? '').toWellFormed());
  const email = 'email' in read ? read.email : undefined;
  const phone = rules.phones.judge((fields.phone ?? '').trim());
  const password = rules.asksPassword ? (fields.password ?? '') : undefined;
  const problems: Partial<Record<RegistrationField, FieldProblem | undefined>> = {
    given_name: judgeName(givenName, 'no_given_name', !isCompany),
    family_name: judgeName(familyName, 'no_family_name', !isCompany),
    company: judgeName(company, 'no_company', isCompany),
    email: email === undefined ? 'no_email' : undefined,
    phone: phone.kind === 'refused' ? phone.problem : undefined,
    password:
      password === undefined
        ? undefined
        : await judgeFirst(password, rules, {
            email: email ?? '',
            name: `${givenName} ${familyName}`,
            givenName,
            familyName,
            customerName: company,
          }),
    // The box holds the version that was on the page: agreeing to an older text is no agreement to this one.
    ...Object.fromEntries(
      rules.texts
        .filter(({ document, version }) => fields[document] !== version)
        .map(({ document }) => [document, 'not_agreed' as const]),
    ),
  };
  const found = Object.entries(problems).filter(([, problem]) => problem !== undefined);
  if (found.length > 0 || email === undefined || phone.kind === 'refused')
    return { kind: 'refused', problems: Object.fromEntries(found) };
  const registrant: Registrant = {
    kind: isCompany ? 'company' : 'person',
    ...(givenName === '' ? {} : { givenName }),
    ...(familyName === '' ? {} : { familyName }),
    ...(company === '' ? {} : { company }),
    email,
    phone: phone.phone,
  };
  return { kind: 'good', registrant, password };
}

async function judgeFirst(
  password: string,
  rules: RegistrationRules,
  owner: Parameters<NewPasswords['judge']>[1],
): Promise<FieldProblem | undefined> {
  if (password === '') return 'no_password';
  if (password.length > PASSWORD_INPUT_LIMIT) return 'too_long';
  return rules.judgePassword(password, owner);
}
