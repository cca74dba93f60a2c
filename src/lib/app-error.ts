// Refusals and faults by code: one table says what each answers with and whether its sentence may be shown.

type Row = { readonly status: number };

// prettier-ignore
export const errorTable = {
  bad_request:           { status: 400 },
  too_slow:              { status: 408 },
  form_too_large:        { status: 413 },
  unsupported_form:      { status: 415 },
  csrf:                  { status: 403 },
  foreign_browser:       { status: 403 },
  forbidden:             { status: 403 },
  banned:                { status: 403 },
  not_found:             { status: 404 },
  method_not_allowed:    { status: 405 },
  sign_in_over:          { status: 410 },
  misdirected:           { status: 421 },
  too_many_requests:     { status: 429 },
  headers_too_large:     { status: 431 },
  internal:              { status: 500 },
  busy:                  { status: 503 },
  storage_down:          { status: 503 },
} satisfies Record<string, Row>;

export type ErrorCode = keyof typeof errorTable;

/**
 * Something that ends the request. `code` chooses the status and the sentence a person reads (locale key
 * `error.<code>`); the message and `cause` are for the log only.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  /** Seconds after which trying again makes sense (the Retry-After header). */
  readonly retryAfterSeconds: number | undefined;
  constructor(
    code: ErrorCode,
    options: { detail?: string; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(options.detail ?? code, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
  get status(): number {
    return errorTable[this.code].status;
  }
}
