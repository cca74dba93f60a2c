// The tables of the audit log: no act that nobody records, and none that is recorded under a name that is not there.

import { expect, test } from 'vitest';
import { auditActions } from '../../../src/domain/audit/audit-actions.ts';
import { credentialChanges } from '../../../src/domain/messages/credential-notices.ts';
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
