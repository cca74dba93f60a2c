// Clients in the console: finding, registering by purpose, changing, new secrets, switching off, deleting, and what an
// application has to be told.

import { ZodError } from 'zod';
import { thumbprintsOf } from '../../src/domain/clients/client-keys.ts';
import { clientLimits, usesSecret, type ClientMetadata } from '../../src/domain/clients/client-metadata.ts';
import type { ClientRecord, Clients } from '../../src/domain/clients/clients.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { createClientAuthentication } from './client-authentication.ts';
import { seenVersion, type DangerousAct, type Target } from './dangerous.ts';
import {
  clientFields,
  clientProblems,
  fieldsOf,
  newClient,
  purposeOf,
  purposes,
  readClient,
  textsOf,
  typedTexts,
  type FieldProblem,
} from './client-form.ts';
import { SECRET, endpointsFor, snippetsFor } from './client-snippets.ts';
import { BadPlace } from '../../src/domain/search/prefix-search.ts';
import type { ConsoleVisit } from './frame.ts';
import { withQuery } from './paging.ts';

const PATH = '/admin/clients';
const ROWS = 30;
/** How long the secret before stays valid, when it is to. */
const OVERLAP_SECONDS = 7 * 86_400;

const row = ({ metadata, disabled, registered }: ClientRecord) => ({
  href: `${PATH}/${metadata.client_id}`,
  name: metadata.client_name,
  clientId: metadata.client_id,
  key: purposeOf(metadata),
  firstParty: metadata.first_party,
  disabled: disabled !== undefined,
  isDynamic: registered !== undefined,
});

/** The pages under /admin/clients. */
export function createClientPages({
  acts,
  clients,
  issuer,
}: {
  acts: Acts;
  clients: Clients;
  issuer: string;
}) {
  type Part = { readonly found: readonly ClientRecord[]; readonly next?: string | undefined };

  /** An address that somebody has cut short shows nothing rather than an error. */
  async function search(query: string, after: string | undefined): Promise<Part> {
    try {
      const { hits, next } = await acts.search.clients(query, { after, limit: ROWS });
      return { found: hits.map(({ doc }) => doc), next };
    } catch (error) {
      if (error instanceof BadPlace) return { found: [] };
      throw error;
    }
  }

  async function page(after: string | undefined): Promise<Part> {
    const found = await clients.list({ limit: ROWS + 1, ...(after ? { after } : {}) });
    const stored = found.filter(({ metadata }) => !inFile(metadata.client_id));
    if (stored.length <= ROWS) return { found };
    const shown = found.slice(0, -1);
    return { found: shown, next: shown.at(-1)!.metadata.client_id };
  }

  const inFile = (id: string) => clients.ofFile().some(({ metadata }) => metadata.client_id === id);

  /** The form as it was sent, or as the registration is. */
  function formOf(
    visit: ConsoleVisit,
    about: { purpose: (typeof purposes)[number]; client?: ClientMetadata; version?: number },
    problems: Partial<Record<string, FieldProblem>> = {},
  ) {
    const { purpose, client, version = 0 } = about;
    const isSent = visit.req.method === 'POST';
    const texts = isSent ? typedTexts(visit.form) : textsOf(client ?? {});
    return {
      purpose: { key: purpose },
      isNew: client === undefined,
      name: client?.client_name ?? '',
      version: isSent ? (visit.form['version'] ?? '') : String(version),
      action: client ? `${PATH}/${client.client_id}/edit` : `${PATH}/new?purpose=${purpose}`,
      backHref: client ? `${PATH}/${client.client_id}` : PATH,
      firstParty: isSent ? visit.form['first_party'] === 'yes' : client?.first_party === true,
      fields: fieldsOf(purpose).map((key) => ({
        key,
        isList: key === 'redirect_uris' || key === 'post_logout_redirect_uris',
        longest: key === 'client_name' || key === 'scope' ? clientLimits[key] : clientLimits.url,
        required: key === 'client_name' || key === 'redirect_uris',
        value: texts[key],
        problem: problems[key]?.key ?? '',
        about: problems[key]?.value ?? '',
      })),
    };
  }

  function showForm(
    visit: ConsoleVisit,
    purpose: (typeof purposes)[number],
    problems: Partial<Record<string, FieldProblem>> = {},
  ): void {
    const isWrong = Object.keys(problems).length > 0;
    visit.show(
      'admin/client-form.njk',
      { ...formOf(visit, { purpose }, problems), proof: '' },
      {
        problem: isWrong ? 'fields' : undefined,
      },
    );
  }

  const showSecret = (
    visit: ConsoleVisit,
    { client_id: id, client_name: name }: ClientMetadata,
    secret: string,
  ) =>
    visit.show(
      'admin/client-secret.njk',
      { name, clientId: id, secret, nextHref: `${PATH}/${id}/tester` },
      { trail: [{ text: name, href: `${PATH}/${id}` }], isAnswer: true },
    );

  const target = async (_visit: ConsoleVisit, id: string): Promise<Target> => {
    const { metadata } = (await acts.clients.get(id)).record;
    const backHref = `${PATH}/${id}`;
    const name = metadata.client_name;
    return { name, detail: id, backHref, trail: [{ text: name, href: backHref }] };
  };

  /** The same, for what cannot be undone: its name is typed to confirm it. */
  const typedTarget = async (visit: ConsoleVisit, id: string): Promise<Target> => {
    const found = await target(visit, id);
    return { ...found, typed: found.name };
  };

  return {
    /** GET /admin/clients */
    async list(visit: ConsoleVisit): Promise<void> {
      const query = (visit.query.get('q') ?? '').trim().slice(0, 100);
      const after = visit.query.get('after') ?? undefined;
      const { found, next } = query ? await search(query, after) : await page(after);
      visit.show('admin/clients.njk', {
        clientQuery: query,
        rows: found.map(row),
        mayWrite: visit.may('clients:write'),
        firstHref: after ? withQuery(PATH, { q: query || undefined }) : '',
        nextHref: next === undefined ? '' : withQuery(PATH, { q: query || undefined, after: next }),
      });
    },

    /** GET /admin/clients/new: first what it is, then its form. */
    askNew(visit: ConsoleVisit): void {
      const purpose = purposes.find((name) => name === visit.query.get('purpose'));
      if (purpose) return showForm(visit, purpose);
      return visit.show('admin/client-purpose.njk', {
        purposes: purposes.map((key) => ({ key, href: `${PATH}/new?purpose=${key}` })),
      });
    },

    /** POST /admin/clients/new */
    async create(visit: ConsoleVisit): Promise<void> {
      const purpose = purposes.find((name) => name === visit.form['purpose']) ?? 'web';
      try {
        const { metadata, secret } = await acts.clients.create(visit.by, newClient(purpose, visit.form));
        if (secret !== undefined) return showSecret(visit, metadata, secret);
        return visit.goTo(`${PATH}/${metadata.client_id}/tester`, 'client_created');
      } catch (error) {
        return showForm(visit, purpose, clientProblems(error));
      }
    },

    /** GET /admin/clients/:id */
    async one(visit: ConsoleVisit, id: string): Promise<void> {
      const { record, version } = await acts.clients.get(id);
      const { metadata, disabled, secrets } = record;
      const texts = textsOf(metadata);
      visit.show(
        'admin/client.njk',
        {
          ...row(record),
          path: `${PATH}/${id}`,
          inFile: version === undefined,
          mayWrite: version !== undefined && visit.may('clients:write'),
          hasSecret: usesSecret(metadata),
          secrets: secrets.map(({ createdAt, expiresAt = '' }) => ({ at: createdAt, endsAt: expiresAt })),
          disabledReason: disabled?.reason ?? '',
          disabledAt: disabled?.at ?? '',
          registeredBy: record.registered?.policy ?? '',
          createdAt: record.createdAt,
          updatedAt: record.updatedAt,
          method: { key: metadata.token_endpoint_auth_method },
          grants: metadata.grant_types.join(' '),
          keyIds: metadata.jwks ? thumbprintsOf(metadata.jwks) : [],
          keysUri: metadata.jwks_uri ?? '',
          fields: clientFields.map((key) => ({ key, value: texts[key] })).filter(({ value }) => value !== ''),
        },
        { trail: [{ text: metadata.client_name }] },
      );
    },

    /** GET /admin/clients/:id/tester */
    async tester(visit: ConsoleVisit, id: string): Promise<void> {
      const { metadata } = (await acts.clients.get(id)).record;
      const snippets = snippetsFor(issuer, metadata);
      visit.show(
        'admin/client-tester.njk',
        {
          name: metadata.client_name,
          clientId: id,
          hasSecret: snippets.some(({ text }) => text.includes(SECRET)),
          endpoints: Object.entries(endpointsFor(issuer, metadata)).map(([key, value]) => ({ key, value })),
          snippets,
        },
        { trail: [{ text: metadata.client_name, href: `${PATH}/${id}` }] },
      );
    },

    acts: [
      {
        key: 'edit_client',
        path: `${PATH}/:id/edit`,
        permission: 'clients:write',
        target,
        async form(visit, problems, id) {
          const { record, version } = await acts.clients.get(id);
          const { metadata: client } = record;
          const about = { purpose: purposeOf(client), client, ...(version === undefined ? {} : { version }) };
          return { template: 'admin/client-form.njk', props: formOf(visit, about, problems) };
        },
        async act(visit, _reason, id) {
          const { metadata: client } = (await acts.clients.get(id)).record;
          // What somebody else has changed since the form was opened is not written over.
          const seen = seenVersion(visit);
          try {
            await acts.clients.change(visit.by, id, readClient(purposeOf(client), visit.form), seen);
          } catch (error) {
            if (!(error instanceof ZodError)) throw error;
            return { kind: 'refused', problem: 'fields', fields: clientProblems(error) };
          }
          return { kind: 'done', to: `${PATH}/${id}`, notice: 'client_changed' };
        },
      },
      createClientAuthentication({ acts, path: PATH, target, showSecret }),
      {
        key: 'rotate_secret',
        path: `${PATH}/:id/rotate-secret`,
        permission: 'clients:write',
        target,
        async act(visit, _reason, id) {
          const { metadata, secret } = await acts.clients.rotateSecret(visit.by, id, OVERLAP_SECONDS);
          showSecret(visit, metadata, secret!);
          return 'answered';
        },
      },
      {
        key: 'disable_client',
        path: `${PATH}/:id/disable`,
        permission: 'clients:write',
        target,
        async act(visit, reason, id) {
          await acts.clients.disable(visit.by, id, reason);
          return { kind: 'done', to: `${PATH}/${id}`, notice: 'client_disabled' };
        },
      },
      {
        key: 'enable_client',
        path: `${PATH}/:id/enable`,
        permission: 'clients:write',
        target,
        async act(visit, _reason, id) {
          await acts.clients.enable(visit.by, id);
          return { kind: 'done', to: `${PATH}/${id}`, notice: 'client_enabled' };
        },
      },
      {
        key: 'delete_client',
        path: `${PATH}/:id/delete`,
        permission: 'clients:write',
        target: typedTarget,
        async act(visit, _reason, id) {
          await acts.clients.remove(visit.by, id);
          return { kind: 'done', to: PATH, notice: 'client_deleted' };
        },
      },
    ] satisfies DangerousAct[],
  };
}
