// Webhooks in the console: who is told of what happens here, a test, what came of every try, and sending once more.

import { ZodError } from 'zod';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { ActForm, ActOutcome, DangerousAct, FieldProblems } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';
import { hintOf, nextTries } from './webhook-tries.ts';

const PATH = '/admin/webhooks';
const ROWS = 30;

/** The pages under /admin/webhooks. */
export function createWebhookPages({ acts }: { acts: Acts }) {
  const { webhooks } = acts;

  async function require(id: string) {
    const found = await webhooks.get(id);
    if (!found) throw new AppError('not_found', { detail: `no webhook ${id}` });
    return found;
  }

  async function showList(visit: ConsoleVisit): Promise<void> {
    const found = await webhooks.list();
    visit.show('admin/webhooks.njk', {
      rows: found.map(({ id, url, events, enabled, description = '' }) => ({
        href: `${PATH}/${id}`,
        url,
        events: events.join(' '),
        enabled,
        description,
      })),
      mayWrite: visit.may('webhooks:write'),
    });
  }

  const eventsOf = (visit: ConsoleVisit) => (visit.form['events'] ?? '').split(/[\s,]+/).filter(Boolean);

  /** The form as it was sent, or as the webhook is. */
  function formOf(
    { form, req }: ConsoleVisit,
    problems: FieldProblems,
    now: { url?: string; events?: readonly string[]; description?: string } = {},
  ): ActForm {
    const isSent = req.method === 'POST';
    return {
      template: 'admin/webhook-form.njk',
      props: {
        isNew: now.url === undefined,
        url: isSent ? (form['url'] ?? '') : (now.url ?? ''),
        events: isSent ? (form['events'] ?? '') : (now.events?.join(' ') ?? '*'),
        description: isSent ? (form['description'] ?? '') : (now.description ?? ''),
        badUrl: 'url' in problems,
        badEvents: 'events' in problems,
        badDescription: 'description' in problems,
      },
    };
  }

  const fieldsOf = (visit: ConsoleVisit) => ({
    url: visit.form['url'] ?? '',
    events: eventsOf(visit),
    description: (visit.form['description'] ?? '').trim(),
  });

  /** What the rules say of the fields; other errors are thrown on. */
  function refusedBy(error: unknown): ActOutcome {
    if (!(error instanceof ZodError)) throw error;
    const fields = Object.fromEntries(
      error.issues.map(({ path }) => [String(path[0]), { key: 'other', value: '' }]),
    );
    return { kind: 'refused', problem: 'fields', fields };
  }

  async function showOne(visit: ConsoleVisit, id: string): Promise<void> {
    const { url, events, enabled, description = '', formerSecretUntil = '' } = await require(id);
    const wanted = visit.query.get('after') ?? '';
    const after = /^[\w-]{1,64}$/.test(wanted) ? wanted : undefined;
    const found = await webhooks.deliveries(id, { after, limit: ROWS + 1 });
    const shown = found.slice(0, ROWS);
    // Tries that are listed later are older ones: what comes next stands on the first page.
    const next = enabled && after === undefined ? await nextTries(acts.queues, shown) : undefined;
    visit.show(
      'admin/webhook.njk',
      {
        action: `${PATH}/${id}`,
        url,
        events: events.join(' '),
        enabled,
        description,
        endsAt: formerSecretUntil,
        rows: shown.map(({ id: tried, doc }) => ({
          eventId: doc.eventId,
          type: doc.type,
          at: doc.at,
          delivered: doc.outcome === 'delivered',
          status: doc.status ?? '',
          milliseconds: doc.milliseconds,
          error: doc.error ?? '',
          hint: { key: hintOf(doc) },
          nextAt: next?.get(tried) ?? '',
        })),
        mayWrite: visit.may('webhooks:write'),
        firstHref: after === undefined ? '' : `${PATH}/${id}`,
        nextHref: found.length > ROWS ? `${PATH}/${id}?after=${shown.at(-1)!.id}` : '',
      },
      { trail: [{ text: url }] },
    );
  }

  const showSecret = (visit: ConsoleVisit, id: string, url: string, secret: string) =>
    visit.show(
      'admin/webhook-secret.njk',
      { url, secret, nextHref: `${PATH}/${id}` },
      { trail: [{ text: url, href: `${PATH}/${id}` }], isAnswer: true },
    );

  const target: DangerousAct['target'] = async (_visit, id) => {
    const { url } = await require(id);
    return { name: url, backHref: `${PATH}/${id}`, trail: [{ text: url, href: `${PATH}/${id}` }] };
  };

  return {
    list: showList,
    one: showOne,

    /** POST /admin/webhooks/:id/switch */
    async toggle(visit: ConsoleVisit, id: string): Promise<void> {
      await webhooks.change(visit.by, id, { enabled: visit.form['enabled'] === 'yes' });
      visit.goTo(`${PATH}/${id}`, 'webhook_changed');
    },

    /** POST /admin/webhooks/:id/test */
    async test(visit: ConsoleVisit, id: string): Promise<void> {
      const { enabled } = await require(id);
      // Nothing leaves for one that is off, so nothing is said to be on its way.
      if (enabled) await webhooks.test(visit.by, id);
      visit.goTo(`${PATH}/${id}`, enabled ? 'webhook_tested' : 'webhook_is_off');
    },

    /** POST /admin/webhooks/:id/replay */
    async replay(visit: ConsoleVisit, id: string): Promise<void> {
      if (!(await require(id)).enabled) return visit.goTo(`${PATH}/${id}`, 'webhook_is_off');
      const sent = await webhooks.replay(visit.by, id, visit.form['event'] ?? '');
      visit.goTo(`${PATH}/${id}`, sent === undefined ? 'event_gone' : 'event_replayed');
    },

    acts: [
      {
        key: 'add_webhook',
        path: `${PATH}/new`,
        permission: 'webhooks:write',
        target: () => Promise.resolve({ name: '', backHref: PATH, trail: [] }),
        form: (visit, problems) => Promise.resolve(formOf(visit, problems)),
        async act(visit) {
          try {
            const { webhook, secret } = await webhooks.create(visit.by, fieldsOf(visit));
            showSecret(visit, webhook.id, webhook.url, secret);
            return 'answered';
          } catch (error) {
            return refusedBy(error);
          }
        },
      },
      {
        key: 'edit_webhook',
        path: `${PATH}/:id/edit`,
        permission: 'webhooks:write',
        target,
        form: async (visit, problems, id) => formOf(visit, problems, await require(id)),
        async act(visit, _reason, id) {
          try {
            await webhooks.change(visit.by, id, fieldsOf(visit));
          } catch (error) {
            return refusedBy(error);
          }
          return { kind: 'done', to: `${PATH}/${id}`, notice: 'webhook_changed' };
        },
      },
      {
        key: 'rotate_webhook_secret',
        path: `${PATH}/:id/rotate-secret`,
        permission: 'webhooks:write',
        target,
        async act(visit, _reason, id) {
          const { url } = await require(id);
          showSecret(visit, id, url, (await webhooks.rotateSecret(visit.by, id)) ?? '');
          return 'answered';
        },
      },
      {
        key: 'delete_webhook',
        path: `${PATH}/:id/delete`,
        permission: 'webhooks:write',
        target,
        async act(visit, _reason, id) {
          await webhooks.remove(visit.by, id);
          return { kind: 'done', to: PATH, notice: 'webhook_deleted' };
        },
      },
    ] satisfies DangerousAct[],
  };
}
