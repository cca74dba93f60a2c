// What an old system says of a person, in flat fields, and the account that it becomes. Used by imports and by the
// question to the old system at a first sign-in.

import { z } from 'zod';
import { type HashColumns, joinHashColumns } from '../../lib/hash-columns.ts';
import type { Opening } from './openings.ts';

/** Longest values of a person wherever operators give them, in UTF-16 units as browsers count them. */
export const personLimits = { name: 200, login: 100, email: 254, phone: 40 } as const;

const shortText = (most: number) =>
  z
    .string()
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(most, { error: `must be at most ${most} characters` });

/** How the fields of a person are read wherever operators give them. */
export const personFields = {
  login: shortText(personLimits.login)
    .regex(/^[^\s\p{Cc}\p{Cf}]+$/u, { error: 'must not contain spaces or invisible characters' })
    .optional(),
  email: z
    .string()
    .trim()
    .max(personLimits.email, { error: `must be at most ${personLimits.email} characters` })
    .pipe(z.email({ error: 'is not an e-mail address (write a domain with accents in its xn-- form)' })),
  name: shortText(personLimits.name).optional(),
  phone: z
    .string()
    .max(personLimits.phone, { error: `must be at most ${personLimits.phone} characters` })
    .transform((value) => value.replaceAll(/[\s()./-]/g, ''))
    .pipe(z.string().regex(/^\+[1-9]\d{6,14}$/, { error: 'must be international, such as +420601123456' }))
    .optional(),
  locale: z.enum(['cs', 'en'], { error: 'must be cs or en' }).optional(),
};

/** What an operator changes of a person in one go, on a form or a command line; the e-mail address has a way of its own. */
export const profileTyped = z.object({
  name: personFields.name,
  givenName: personFields.name,
  familyName: personFields.name,
  login: personFields.login,
  phone: personFields.phone,
  locale: personFields.locale,
});

const truths = new Map([
  ...['true', '1', 'yes', 't', 'y'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'f', 'n'].map((word) => [word, false] as const),
]);
const truth = z
  .string()
  .transform((value, context): boolean => {
    const found = truths.get(value.trim().toLowerCase());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: 'must be true or false' });
    return z.NEVER;
  })
  .optional();

/** A customer number: decimal digits, few enough to be counted on from. */
export const customerNumber = z
  .string()
  .trim()
  .regex(/^[1-9]\d{0,14}$/, { error: 'must be decimal digits, at most 15, not beginning with 0' });

const moment = z
  .string()
  .trim()
  .regex(/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d))?$/, {
    error: 'must be a date (2019-04-30) or a time with its zone (2019-04-30T12:00:00Z)',
    abort: true,
  })
  .transform((value) => new Date(value.replace(' ', 'T')))
  .refine((value) => !Number.isNaN(value.getTime()), { error: 'is no such day' })
  .transform((value) => value.toISOString())
  .optional();

const plain = z.string().optional();
const schema = z.strictObject({
  ...personFields,
  email_verified: truth,
  given_name: shortText(personLimits.name).optional(),
  family_name: shortText(personLimits.name).optional(),
  phone_verified: truth,
  customer_number: customerNumber.optional(),
  customer_name: shortText(personLimits.name).optional(),
  customer_kind: z.enum(['person', 'company'], { error: 'must be person or company' }).optional(),
  role: z.enum(['owner', 'manager', 'viewer'], { error: 'must be owner, manager or viewer' }).optional(),
  created_at: moment,
  password_hash: z.string().trim().max(512, { error: 'must be at most 512 characters' }).optional(),
  hash_scheme: plain,
  hash: plain,
  salt: plain,
  iterations: plain,
  key_length: plain,
  encoding: plain,
  salt_encoding: plain,
});

/** The fields that there are. */
export const recordFields: readonly string[] = Object.keys(schema.shape);

/** An opening as a record asks for it, or what is wrong with the record: a sentence that names fields, never values. */
export type ReadRecord = { readonly opening: Opening } | { readonly problem: string };

/**
 * Reads one record. Empty fields count as absent, numbers and truth values of JSON as their texts. A record without
 * customer fields becomes a customer of its own, unless `withCustomer` is false. The hash is not judged here.
 */
export function readRecord(
  record: Readonly<Record<string, unknown>>,
  now: Date,
  withCustomer = true,
): ReadRecord {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(record)) {
    if (value === '' || value === null || value === undefined) continue;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return { problem: `${name}: must be a text` };
    given[name] = String(value);
  }
  const read = schema.safeParse(given);
  if (!read.success) return { problem: sentenceOf(read.error) };
  const {
    customer_number: number,
    customer_name: customerName,
    customer_kind: kind,
    role,
    created_at: createdAt,
    ...fields
  } = read.data;
  if (createdAt !== undefined && createdAt > now.toISOString())
    return { problem: 'created_at: is yet to come' };
  const hash = hashOf(fields);
  if ('problem' in hash) return hash;
  const named = number !== undefined || customerName !== undefined || kind !== undefined;
  const account: Opening['account'] = defined({
    login: fields.login,
    email: fields.email,
    emailVerified: fields.email_verified ?? false,
    givenName: fields.given_name,
    familyName: fields.family_name,
    name: fields.name,
    phone: fields.phone,
    phoneVerified: fields.phone === undefined ? undefined : fields.phone_verified,
    locale: fields.locale,
    passwordHash: hash.phc,
    createdAt,
  });
  return {
    opening: {
      account,
      ...(named || withCustomer ? { customer: defined({ number, name: customerName, kind }) } : {}),
      ...(role === undefined ? {} : { role }),
    },
  };
}

function hashOf(
  fields: Omit<HashColumns, 'hash_scheme'> & {
    readonly password_hash?: string | undefined;
    readonly hash_scheme?: string | undefined;
  },
): { phc: string | undefined } | { problem: string } {
  const { password_hash: whole, hash_scheme: scheme } = fields;
  if (whole !== undefined && scheme !== undefined)
    return { problem: 'hash_scheme: is only for a hash in columns, and password_hash is given' };
  if (scheme !== undefined) return joinHashColumns({ ...fields, hash_scheme: scheme });
  if (fields.hash !== undefined) return { problem: 'hash_scheme: must say what hash is' };
  return { phc: whole };
}

/** What is wrong with some fields, in one line. */
export const sentenceOf = (error: z.ZodError): string =>
  error.issues
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')}: there is no such field`
        : `${String(issue.path[0])}: ${issue.code === 'invalid_type' ? 'is missing' : issue.message}`,
    )
    .join('; ');

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the fields that are `undefined`: what is stored has none. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
