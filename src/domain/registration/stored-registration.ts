// A registration as it is stored: what it waits for, and what the person has filled in so far.

import { digest } from '../../lib/digest.ts';
import type { Agreement, PostalAddress } from '../accounts/accounts.ts';
import type { FoundInvitation } from '../customers/invitation-answers.ts';
import type { CustomerBilling } from '../customers/customers.ts';
import type { LinkedIdentity } from '../federation/links.ts';
import type { Registrant } from './registration-form.ts';

/** One registration; its id is the hash of the browser's. */
export type Registration = {
  /** What it waits for: the code, the link, its own end after a crash; or nothing more. */
  readonly state: 'phone' | 'mail' | 'activating' | 'done';
  /** New with every form that was taken. */
  readonly serial: string;
  /** The sign-in that it leads back to. */
  readonly from?: string;
  /** Gone once the account is there. */
  readonly person?: Registrant & {
    readonly locale: 'cs' | 'en';
    readonly passwordHash?: string;
    readonly agreements: readonly Agreement[];
    /** What the account is linked to at once (S75). */
    readonly identity?: RegisteredIdentity;
    /** What it becomes a member by, in the place of a customer of its own; its link has proved the address. */
    readonly invitation?: FoundInvitation;
  };
  /** Hash of the secret of the latest mailed link. */
  readonly link?: string;
  /** What the activation makes, once it has begun. */
  readonly plan?: { readonly accountId: string; readonly customerId: string; readonly number: string };
  readonly isPasswordMailed?: boolean;
  /** When it was done, and the hash of the address: until its browser has signed in, the sign-in page knows it. */
  readonly fresh?: { readonly at: string; readonly email: string };
};

/** An identity at an upstream that registers. */
export type RegisteredIdentity = LinkedIdentity & {
  /** What people call the upstream. */
  readonly label: string;
  /** The address that the upstream has verified, as we compare it; absent unless it is trusted with that. */
  readonly trustedEmail?: string;
  /** What it has filled in, and when: of what is left as it was, it is the source. */
  readonly said?: {
    readonly name: string;
    readonly phone: string;
    readonly company: string;
    readonly at: string;
  };
  /** What the person has ticked to be taken over beside the form. */
  readonly address?: PostalAddress;
  readonly billing?: { readonly billing: CustomerBilling; readonly fields: readonly string[] };
};

/** How long a registration waits for its next step, and so how long a mailed link lives (S65). */
export const REGISTRATION_LIFE_SECONDS = 86_400;

/** The id of a browser's registration: a copy of the database tells nobody which browser that is. */
export const registrationIdOf = (browserId: string): string => digest(browserId);
