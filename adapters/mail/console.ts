// Mail to the log, for installations that have no mail server yet: that a letter was due, never what it says.

import type { Log } from '../../src/lib/log.ts';
import type { Mailer } from '../../src/ports/mailer.ts';

/** A mailer that only says that it would have sent something: texts carry links that sign people in. */
export const createConsoleMailer = (log: Log): Mailer => ({
  send({ kind, subject }) {
    log.warn({ kind, subject }, 'mail not sent: no mail server is configured');
    return Promise.resolve();
  },
});
