// What the walk over the operators' API asks of the audit log, webhooks, bans, statistics, messages, keys and the
// configuration: for every operation a request that succeeds.

import { collections } from '../../src/domain/collections.ts';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import type { World } from './world.ts';

const reason = 'asked for on the phone';

/** For parameters of paths that name nothing, of every operation. */
export const nobody: Readonly<Record<string, string>> = {
  account_id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  request_id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  number: '999999999',
  client_id: 'no-such-client',
  session_id: 'no-such-session',
  support_access_id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  domain: 'nobody.example',
  webhook_id: 'wh_019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  event_id: 'evt_019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  message_id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  range: '203.0.113.250',
  kind: 'no-such-kind',
  kid: 'no-such-key',
  token_id: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  upstream: 'no-such-upstream',
  role: 'no-such-role',
};

/** The stories by operation. */
export function houseStories(world: () => World) {
  let count = 0;
  /** A subscription whose receiver there is not. */
  async function webhook() {
    const fields = { url: 'https://127.0.0.1:8443/hook', events: ['customer.*'] };
    const made = await world().core.acts.webhooks.create(atTheMachine('walk'), fields);
    return { params: { webhook_id: made.webhook.id } };
  }
  /** A message that has failed for good: its receiver is none of our business. */
  async function failedMessage() {
    const { params } = await webhook();
    const message_id = await world().core.webhooks.test(params.webhook_id);
    await world().core.outbox.idle();
    return { params: { message_id } };
  }
  /** Somebody who lets support in. */
  async function supportAccess() {
    const { core } = world();
    const { id } = await world().createAccount();
    const [own] = await core.customers.ofAccount(id);
    await core.supportAccess.allow(own!.customer.id, (await core.accounts.get(id))!);
    const [made] = await core.supportAccess.allowances.list({ accountId: id });
    return { params: { support_access_id: made!.id } };
  }
  async function operator() {
    const { id } = await world().createAccount();
    await world().core.operators.grant({ kind: 'system' }, id, 'auditor');
    return { params: { account_id: id, role: 'auditor' } };
  }
  return {
    listOperators: operator,
    grantOperatorRole: async () => {
      const { id } = await world().createAccount();
      return { params: { account_id: id, role: 'owner' }, body: { reason } };
    },
    revokeOperatorRole: operator,
    listSupportAccess: supportAccess,
    endSupportAccess: async () => ({ ...(await supportAccess()), body: { reason } }),
    listAudit: async () => ({}),
    getAuditEntry: async () => {
      const { id } = await world().core.audit.record({ action: 'keys.rotated', actor: { kind: 'system' } });
      return { params: { number: String(Number(id)) } };
    },
    verifyAudit: async () => ({}),
    listWebhooks: async () => ({}),
    createWebhook: async () => ({ body: { url: 'https://hooks.example.invalid/id', events: ['account.*'] } }),
    getWebhook: webhook,
    changeWebhook: async () => ({ ...(await webhook()), body: { enabled: false } }),
    deleteWebhook: webhook,
    rotateWebhookSecret: webhook,
    testWebhook: webhook,
    listWebhookDeliveries: webhook,
    replayWebhookEvent: async () => {
      const { params } = await webhook();
      await world().core.webhooks.test(params.webhook_id);
      await world().core.outbox.idle();
      const [event] = await world().store.collection(collections.webhookEvents).list(undefined, {
        limit: 1,
        newestFirst: true,
      });
      return { params: { ...params, event_id: event!.id } };
    },
    listBans: async () => ({}),
    addBan: async () => ({ body: { range: `203.0.113.${(count += 1) % 200}`, reason } }),
    removeBan: async () => {
      const range = `198.51.100.${(count += 1) % 200}`;
      await world().core.bans.add(range, { reason, by: 'the walk' });
      return { params: { range } };
    },
    getStatistics: async () => ({ params: { kind: 'sign_ins' } }),
    listThrottledNetworks: async () => ({}),
    listStock: async () => ({}),
    getQueues: async () => ({}),
    listMessages: async () => ({}),
    retryMessage: failedMessage,
    giveUpMessage: failedMessage,
    listKeys: async () => ({}),
    rotateKeys: async () => ({ body: { now: true } }),
    revokeKey: async () => {
      const keys = (await world().core.signingKeys.list()).filter(({ state }) => state === 'retired');
      if (keys.length === 0) await world().core.signingKeys.rotate(0);
      const retired = (await world().core.signingKeys.list()).find(({ state }) => state === 'retired')!;
      return { params: { kid: retired.kid }, body: { reason } };
    },
    getConfiguration: async () => ({}),
  };
}
