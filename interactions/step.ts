// What a step is: a page that is shown and a form that is judged. It sees no Koa, no engine and no database, and
// never names another step.

import type { ClientMetadata } from '../src/domain/clients/client-metadata.ts';
import type { ProofDetails } from '../src/domain/sign-ins/sign-ins.ts';
import type { Form } from '../src/http/form.ts';
import type { Locale } from '../src/http/locale.ts';
import type { Facts } from './facts.ts';

/** All steps there are. The id is also the file, the route, the template and the locale prefix. */
export type StepId =
  | 'password'
  | 'passkey'
  | 'upstream'
  | 'totp'
  | 'recovery-code'
  | 'lost-device'
  | 'email-link'
  | 'pair'
  | 'consent'
  | 'select-account'
  | 'register';

/** One request of a person to a step. */
export type Visit = {
  readonly facts: Facts;
  readonly client: ClientMetadata;
  readonly locale: Locale;
  /** The interaction that it belongs to. */
  readonly uid: string;
  /** The client's address, when it can be told. */
  readonly address: string | undefined;
  /** The long-lived id of the browser. */
  readonly browserId: string;
  /** What the browser says it is; empty when it says nothing. */
  readonly userAgent: string;
  /** The fields sent; empty when the page is only shown. */
  readonly form: Form;
};

export type Outcome =
  /** Show the page; `problem` is a locale key under `step.<id>.problem`. */
  | {
      readonly kind: 'show';
      readonly problem?: string;
      readonly props?: Readonly<Record<string, unknown>>;
      readonly retryAfterSeconds?: number;
    }
  /** Send the person elsewhere; to an upstream with what their browser is to keep until they are back. */
  | {
      readonly kind: 'redirect';
      readonly to: string;
      readonly departure?: { readonly name: string; readonly label: string; readonly mark: string };
    }
  /** The step is passed; without an account where it proves none. */
  | ({ readonly kind: 'proved'; readonly accountId?: string } & ProofDetails)
  /** Something has changed that the policy depends on: look anew at what is due. */
  | { readonly kind: 'again' }
  /** The person declines, or cannot do what the client demands: it is told so. */
  | { readonly kind: 'refused'; readonly error?: 'unmet_authentication_requirements' };

export type Step = {
  readonly id: StepId;
  /** Whether the person has what it takes; a step without this is always offered. */
  isOffered?(visit: Visit): Promise<boolean>;
  /** GET: what to show. Changes nothing. */
  start(visit: Visit): Promise<Outcome>;
  /** POST: judges the form. Never throws for what a person may send. */
  submit(visit: Visit): Promise<Outcome>;
};
