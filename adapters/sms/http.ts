// Text messages by an operator's HTTP gateway: one POST for each, with the number and the text in it.

import { DeliveryFailed, PermanentFailure } from '../../src/ports/delivery.ts';
import { FetchRefused, type Fetcher } from '../../src/ports/fetcher.ts';
import type { SmsSender } from '../../src/ports/sms.ts';

export type SmsGateway = {
  readonly url: string;
  /** Sent as a bearer token (RFC 6750 §2.1). */
  readonly token?: string | undefined;
  readonly format: 'json' | 'form';
  /** What the gateway calls the number and the text. */
  readonly fields: { readonly to: string; readonly text: string };
  /** Takes requests to this gateway only. */
  readonly fetcher: Fetcher;
};

/** 4xx answers that are about our account, our pace or the moment, and not about the message. */
const NOT_ABOUT_THE_MESSAGE = new Set([401, 402, 403, 407, 408, 421, 423, 425, 429]);

/** A sender over the gateway: any 2xx means that it took the message. */
export function createHttpSms({ url, token, format, fields, fetcher }: SmsGateway): SmsSender {
  const encode = (values: Record<string, string>) =>
    format === 'json'
      ? { type: 'application/json', body: JSON.stringify(values) }
      : { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(values).toString() };

  return {
    async send({ to, text }, id) {
      const { type, body } = encode({ [fields.to]: to, [fields.text]: text });
      const headers = {
        'Content-Type': type,
        'Idempotency-Key': id,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      };
      const status = await post({ headers, body });
      if (status >= 200 && status < 300) return;
      const isFinal = status >= 400 && status < 500 && !NOT_ABOUT_THE_MESSAGE.has(status);
      throw new (isFinal ? PermanentFailure : DeliveryFailed)(`the SMS gateway answered ${status}`);
    },
  };

  /** The status of the answer; its text may repeat the message and is not looked at. */
  async function post(request: { headers: Record<string, string>; body: string }): Promise<number> {
    try {
      return (await fetcher(url, { method: 'POST', ...request })).status;
    } catch (error) {
      // The fetcher's sentences name the gateway's origin and the fault of the connection, nothing of the request.
      const why = error instanceof Error ? error.message : 'no reason given';
      const kind = error instanceof FetchRefused ? 'must not be asked' : 'cannot be reached';
      throw new DeliveryFailed(`the SMS gateway ${kind}: ${why}`, { cause: error });
    }
  }
}
