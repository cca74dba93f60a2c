// The audit log as rows of the operators' API.

import { z } from 'zod';
import { auditActions, type AuditAction } from '../../../src/domain/audit/audit-actions.ts';
import type { Audit, AuditFilter, StoredEntry } from '../../../src/domain/audit/audit.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import {
  DEFAULT_LIMIT,
  fromCursor,
  moment,
  operation,
  pageFields,
  pageOf,
  toCursor,
  type Operation,
} from './operation.ts';
import { Problem } from './problem.ts';

const tag = 'audit';
const values = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
);

const entryShown = z.object({
  number: z.number().int(),
  at: moment,
  action: z.string(),
  actor: z.string().describe('`person:<id>`, `operator:<id>`, `client:<id>`, `command` or `system`.'),
  actor_name: z.string().optional(),
  account_id: z.string().optional(),
  customer_id: z.string().optional(),
  client_id: z.string().optional(),
  target: z.string().optional(),
  before: values.optional(),
  after: values.optional(),
  reason: z.string().optional(),
  address: z.string().optional(),
  user_agent: z.string().optional(),
  request_id: z.string().optional(),
});

/** Texts that an index may be asked for. */
const idFilter = z
  .string()
  .regex(/^[\w.-]{1,100}$/)
  .optional();
const filters = {
  account_id: idFilter,
  customer_id: idFilter,
  client_id: idFilter,
  operator_id: idFilter.describe('What this operator did.'),
  action: z.enum(Object.keys(auditActions) as [AuditAction, ...AuditAction[]]).optional(),
};

function filterOf(query: z.output<z.ZodObject<typeof filters>>): AuditFilter | undefined {
  const { account_id: accountId, customer_id: customerId, client_id: clientId, action } = query;
  const { operator_id: operatorId } = query;
  const given: AuditFilter[] = [];
  if (accountId !== undefined) given.push({ accountId });
  if (customerId !== undefined) given.push({ customerId });
  if (clientId !== undefined) given.push({ clientId });
  if (operatorId !== undefined) given.push({ actor: { kind: 'operator', accountId: operatorId } });
  if (action !== undefined) given.push({ action });
  if (given.length > 1)
    throw new Problem('bad_parameter', { detail: 'the log is looked up by one filter at a time' });
  return given[0];
}

const showEntry = ({ id, doc }: StoredEntry): z.input<typeof entryShown> => {
  const { before, after } = doc;
  return {
    number: Number(id),
    at: doc.at,
    action: doc.action,
    actor: doc.actor,
    actor_name: doc.actorName,
    account_id: doc.accountId,
    customer_id: doc.customerId,
    client_id: doc.clientId,
    target: doc.target,
    ...(before ? { before: before as z.input<typeof values> } : {}),
    ...(after ? { after: after as z.input<typeof values> } : {}),
    reason: doc.reason,
    address: doc.address,
    user_agent: doc.userAgent,
    request_id: doc.requestId,
  };
};

const problemShown = z.object({ number: z.number().int().optional(), problem: z.string() });

export const auditOperations = ({ audit }: { audit: Audit }): Operation[] => [
  operation({
    method: 'get',
    path: '/audit',
    id: 'listAudit',
    tag,
    summary: 'Who did what, newest first',
    description: 'At most one filter at a time.',
    permission: 'audit:read',
    query: z.strictObject({ ...pageFields, ...filters }),
    answer: pageOf(entryShown),
    async handle({ query: { limit = DEFAULT_LIMIT, after, ...query } }) {
      const page = { limit, after: fromCursor(after) };
      const { entries, older } = await audit.list(filterOf(query), page);
      return {
        body: { items: entries.map(showEntry), ...(older === undefined ? {} : { next: toCursor(older) }) },
      };
    },
  }),
  operation({
    method: 'get',
    path: '/audit/entries/{number}',
    id: 'getAuditEntry',
    tag,
    summary: 'One entry',
    permission: 'audit:read',
    params: z.strictObject({ number: z.string().regex(/^\d{1,12}$/) }),
    answer: entryShown,
    async handle({ params: { number } }) {
      const entry = await audit.get(number.padStart(12, '0'));
      if (!entry) throw new AppError('not_found', { detail: `no entry ${number}` });
      return { body: showEntry(entry) };
    },
  }),
  operation({
    method: 'get',
    path: '/audit/verification',
    id: 'verifyAudit',
    tag,
    summary: 'Reads the whole log and tells what is not as it was written',
    description:
      'Takes as long as the log is long. `last` is worth noting elsewhere: `audit verify --expect`.',
    permission: 'audit:read',
    answer: z.object({
      ok: z.boolean(),
      entries: z.number().int(),
      pruned_through: z.number().int(),
      last: z.string(),
      unproved: z.number().int().describe('Sealed with a secret that is not configured any more.'),
      problems: z.array(problemShown),
    }),
    async handle() {
      const { problems, entries, anchor, head, unproved } = await audit.verify();
      return {
        body: {
          ok: problems.length === 0,
          entries,
          pruned_through: anchor.number,
          last: `${head.number}:${head.hash}`,
          unproved,
          problems: problems.map(({ number, problem }) => ({ number, problem })),
        },
      };
    },
  }),
];
