// Text messages for installations that have no gateway: the log says that one was due, never to whom or what it says.

import type { Log } from '../../src/lib/log.ts';
import { PermanentFailure } from '../../src/ports/delivery.ts';
import type { SmsSender } from '../../src/ports/sms.ts';

/** A sender that refuses every message; the outbox keeps it as failed. */
export const createConsoleSms = (log: Log): SmsSender => ({
  send() {
    log.warn({}, 'text message not sent: no SMS gateway is configured');
    return Promise.reject(new PermanentFailure('no SMS gateway is configured'));
  },
});
