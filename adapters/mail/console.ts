// Mail for installations that have no mail server yet: the log says that a letter was due, never what it says.

import type { Log } from '../../src/lib/log.ts';
import { PermanentFailure } from '../../src/ports/delivery.ts';
import type { Mailer } from '../../src/ports/mailer.ts';

/** A mailer that refuses every letter: the outbox keeps it as failed, to be sent when there is a server. */
export const createConsoleMailer = (log: Log): Mailer => ({
  send({ kind, subject }) {
    log.warn({ kind, subject }, 'mail not sent: no mail server is configured');
    return Promise.reject(new PermanentFailure('no mail server is configured'));
  },
});
