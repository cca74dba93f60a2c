// What the walk over the operators' API asks of support, of closings and of upstreams. The world has an upstream that is
// called `partner`, and a policy of registration that is called `partners`.

import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { supportRows } from '../../src/domain/support/support-rows.ts';
import { turnOnTotp } from './second-factor.ts';
import type { Api } from './operators-api.ts';
import type { World } from './world.ts';

const reason = 'asked for on the phone';

/** The stories by operation; `api` may do everything. */
export function queueStories(world: () => World, api: () => Api) {
  let count = 0;
  /** Somebody wants to leave. */
  async function closing() {
    const { core, createAccount } = world();
    const { id } = await createAccount();
    const [owned] = await core.customers.ofAccount(id);
    const { customer } = owned!;
    await core.customerRules.closings.request(customer.id, (await core.accounts.get(id))!);
    return { params: { number: customer.doc.number } };
  }
  /** Somebody with an authenticator app. */
  async function lostApp() {
    const { id } = await world().createAccount();
    await turnOnTotp(world().core, id);
    return { params: { account_id: id } };
  }
  async function upstream() {
    await api()('post', '/upstreams/partner/switch-on');
    return { params: { upstream: 'partner' } };
  }
  async function supportRequest() {
    const { id: accountId } = await world().createAccount();
    const id = '019a7e0c-5a60-7d1f-9d42-0000000000'.concat(String((count += 1)).padStart(2, '0'));
    await supportRows(world().store).insert(id, {
      kind: 'account',
      state: 'open',
      text: 'x',
      contact: 'y',
      at: new Date().toISOString(),
      accountId,
      subject: 'Invoice',
    });
    return { params: { request_id: id } };
  }
  return {
    listSupportRequests: async () => ({}),
    getSupportRequest: supportRequest,
    takeSupportRequest: supportRequest,
    answerSupportRequest: async () => ({ ...(await supportRequest()), body: { text: 'We look into it.' } }),
    closeSupportRequest: supportRequest,
    listTotpRemovals: async () => ({}),
    requestTotpRemoval: async () => ({ ...(await lostApp()), body: { reason } }),
    refuseTotpRemoval: async () => {
      const story = await lostApp();
      await world().core.acts.totpRemovals.request(atTheMachine('walk'), story.params.account_id, reason);
      return { ...story, body: { reason } };
    },
    listClosings: async () => ({}),
    checkClosing: closing,
    refuseClosing: async () => ({ ...(await closing()), body: { reason } }),
    closeCustomer: async () => {
      const story = await closing();
      await api()('post', `/customers/${story.params.number}/closing/check`);
      return story;
    },
    listRegistrationTokens: async () => ({}),
    createRegistrationToken: async () => ({ body: { policy: 'partners', uses: 2 } }),
    revokeRegistrationToken: async () => {
      const wanted = { policy: 'partners', note: '', uses: 1, days: 1 };
      const { shown } = await world().core.acts.registrationTokens.create(atTheMachine('olga'), wanted);
      return { params: { token_id: shown.id } };
    },
    listUpstreams: async () => ({}),
    getUpstream: upstream,
    testUpstream: upstream,
    switchOffUpstream: async () => ({ ...(await upstream()), body: { reason } }),
    switchOnUpstream: async () => {
      const story = await upstream();
      await api()('post', '/upstreams/partner/switch-off', { body: { reason } });
      return story;
    },
  };
}
