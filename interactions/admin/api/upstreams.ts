// Identity providers that we ask: rows of the operators' API. What they are is configuration; whether they are asked is
// not.

import { z } from 'zod';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import type { ShownUpstream } from '../../../src/domain/operators/upstreams.ts';
import { reasonText, moment, operation, type Operation } from './operation.ts';

const tag = 'upstreams';
const params = z.strictObject({ upstream: z.string().min(1).max(100) });

const upstreamShown = z.object({
  name: z.string(),
  kind: z.string(),
  label: z.string(),
  issuer: z.string(),
  trusts_email: z.boolean(),
  levels_enough: z.array(z.string()),
  state: z.enum(['on', 'off', 'disabled']).describe('`disabled` is by the configuration.'),
  off: z.object({ reason: z.string(), by: z.string(), at: moment }).optional(),
  linked: z.int().optional().describe('Accounts that were linked to it when stock was last taken.'),
});

const show = ({ trustsEmail, levelsEnough, ...rest }: ShownUpstream): z.input<typeof upstreamShown> => ({
  ...rest,
  trusts_email: trustsEmail,
  levels_enough: [...levelsEnough],
});

export const upstreamOperations = ({ upstreams }: Acts): Operation[] => [
  operation({
    method: 'get',
    path: '/upstreams',
    id: 'listUpstreams',
    tag,
    summary: 'Identity providers of the configuration, with their state',
    permission: 'upstreams:read',
    answer: z.object({ items: z.array(upstreamShown) }),
    async handle() {
      return { body: { items: (await upstreams.list()).map(show) } };
    },
  }),
  operation({
    method: 'get',
    path: '/upstreams/{upstream}',
    id: 'getUpstream',
    tag,
    summary: 'One identity provider',
    permission: 'upstreams:read',
    params,
    answer: upstreamShown,
    async handle({ params: { upstream } }) {
      return { body: show(await upstreams.get(upstream)) };
    },
  }),
  operation({
    method: 'post',
    path: '/upstreams/{upstream}/test',
    id: 'testUpstream',
    tag,
    summary: 'Asks it for metadata and keys; nobody signs in',
    permission: 'upstreams:write',
    status: 200,
    params,
    answer: z.object({ ok: z.boolean(), detail: z.string() }),
    async handle({ by, params: { upstream } }) {
      return { body: await upstreams.test(by, upstream) };
    },
  }),
  operation({
    method: 'post',
    path: '/upstreams/{upstream}/switch-off',
    id: 'switchOffUpstream',
    tag,
    summary: 'Takes it out of service at once on every node; its links stay',
    permission: 'upstreams:write',
    params,
    body: z.strictObject({ reason: reasonText }),
    problems: ['conflict'],
    async handle({ by, params: { upstream }, body }) {
      await upstreams.switchOff(by, upstream, body.reason);
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/upstreams/{upstream}/switch-on',
    id: 'switchOnUpstream',
    tag,
    summary: 'Lets people sign in with it again',
    permission: 'upstreams:write',
    params,
    problems: ['conflict'],
    async handle({ by, params: { upstream } }) {
      await upstreams.switchOn(by, upstream);
      return {};
    },
  }),
];
