// The tables of the audit log: no act that nobody records, and none that is recorded under a name that is not there.

import { expect, test } from 'vitest';
import { auditActions, type AuditAction } from '../../../src/domain/audit/audit-actions.ts';
import { credentialChanges } from '../../../src/domain/messages/credential-notices.ts';
import type { Signal } from '../../../src/domain/signals.ts';
import { eventOf, webhookEvents } from '../../../src/domain/webhooks/webhook-events.ts';
import { sources } from '../../support/sources.ts';

const code = sources
  .filter(({ file }) => /^(src|interactions)\//.test(file) && !file.endsWith('/audit-actions.ts'))
  .map(({ text }) => text)
  .join('\n');

test('every act of the table is recorded somewhere', () => {
  const told = new Set<string>(credentialChanges.map((change) => `credential.${change}`));
  const isRecorded = (action: string) => told.has(action) || code.includes(`'${action}'`);
  expect(Object.keys(auditActions).filter((action) => !isRecorded(action))).toEqual([]);
});

/** Where something is kept that is no act of the log. What strangers can repeat at will must not fill its one chain. */
type Kept = { readonly act: AuditAction } | { readonly elsewhere: string };

const signals = {
  /** Those at accounts of operators are acts: operator.signed_in, operator.sign_in_refused. */
  attempt: { elsewhere: 'the login history, which samples floods' },
  new_device: { elsewhere: 'the login history and a letter' },
  sessions_ended: { elsewhere: 'the act that ended them; who just signs out of an application leaves none' },
  text: { elsewhere: 'the statistics, and the outbox' },
  throttled: { elsewhere: 'the statistics: strangers make as many as they like' },
} as const satisfies Record<Signal['kind'], Kept>;

const events: Readonly<Record<string, Kept>> = {
  'signin.failed': signals.attempt,
  'signin.new_device': signals.new_device,
  'session.ended': signals.sessions_ended,
  'webhook.test': { act: 'webhook.tested' },
};

test('every event of the webhooks is told of an act, or it is said where else it is kept', () => {
  const told = new Set(Object.keys(auditActions).map((action) => eventOf(action)));
  expect(webhookEvents.filter((event) => !told.has(event))).toEqual(Object.keys(events).toSorted());
});

const fault: Kept = { elsewhere: 'no act: something of ours failed, and the alarms of the log tell' };
const stranger: Kept = { elsewhere: 'the log alone: strangers make as many as they like' };

const warnings: Readonly<Record<string, Kept>> = {
  'a former number is not told: too many today': fault,
  'a new password was not looked up in a list of breached ones': fault,
  'a support request waits, and no address is set to tell': fault,
  'a try is not written down': fault,
  'an act is told once more': fault,
  'an act that was cut off is finished': { elsewhere: 'the entry of the act itself, which is written then' },
  'an address cannot be brought back: another account has it by now': {
    act: 'account.signed_out_everywhere',
  },
  'an answer of an upstream that is switched off': stranger,
  'an answer of an upstream that nothing asked for': stranger,
  'ends of support access not told yet': fault,
  'message given up: expired': { elsewhere: 'the queue of messages' },
  'no more codes go out by text message: the limit is reached': stranger,
  'nobody can look for acts that were cut off': fault,
  'password hash not brought to the current profile': fault,
  'password switched off after too many wrong ones in a row': {
    act: 'credential.password_blocked',
  },
  'the bans cannot be read': fault,
  'the counter of a passkey went back: there may be a copy': {
    act: 'credential.passkey_doubted',
  },
  'the old system could not be asked for an account': fault,
  'the old system told of an account of another name': stranger,
  'the old system told of an account that cannot be opened': stranger,
  'the outbox cannot be read': fault,
  'the outbox cannot be written': fault,
  'the statistics are not written': fault,
  'the switches of upstreams cannot be read': fault,
  'the throttled networks are not written': fault,
  'the use of an API token was not written down': fault,
  'too many registrations': stranger,
};

test('every warning of the rules is told of an act, or it is said why not', () => {
  const rules = sources.filter(({ file }) => file.startsWith('src/domain/')).map(({ text }) => text);
  const calls = rules.flatMap((text) => [...text.matchAll(/\blog\.warn\([^'()]*'([^']+)'/g)]);
  const found = [...new Set(calls.map(([, sentence = '']) => sentence))].toSorted();
  expect(found).toEqual(Object.keys(warnings).toSorted());
});
