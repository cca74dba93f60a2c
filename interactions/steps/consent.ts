// Asking whether a client may have what it wants, in plain words. First-party clients never come here.

import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';
import type { ClientMetadata } from '../../src/domain/clients/client-metadata.ts';
import type { Clients } from '../../src/domain/clients/clients.ts';
import type { Consents } from '../../src/domain/clients/consents.ts';
import type { Outcome, Step, Visit } from '../step.ts';

/** The consent step. */
export function createConsentStep(parts: {
  accounts: Accounts;
  consents: Consents;
  clients: Pick<Clients, 'find'>;
}): Step {
  const { accounts, consents, clients } = parts;

  /** Where one that nobody has looked at sends people: its own word, but the engine holds it to it. Empty for others. */
  async function unvettedHosts({ client_id: id, redirect_uris: uris }: ClientMetadata): Promise<string[]> {
    if (!(await clients.find(id))?.registered) return [];
    return [...new Set(uris.map((uri) => URL.parse(uri)?.host || uri))];
  }

  async function show({ facts, client }: Visit): Promise<Outcome> {
    const account = facts.signedInAs === undefined ? undefined : await accounts.get(facts.signedInAs);
    if (!account) return { kind: 'refused' };
    const before = await consents.find(account.id, client.client_id);
    const { scopes, claims, resources } = facts.missing;
    return {
      kind: 'show',
      props: {
        scopes,
        claims,
        unvettedHosts: await unvettedHosts(client),
        resources: Object.entries(resources).map(([indicator, names]) => ({ indicator, scopes: names })),
        alreadyGranted: (before?.scopes ?? []).filter(
          (scope) => scope !== 'openid' && !scopes.includes(scope),
        ),
        account: { name: displayName(account.doc), login: account.doc.login ?? account.doc.email },
      },
    };
  }

  return {
    id: 'consent',
    start: show,
    // Only the button says yes; the page's other one declines through the sign-in's own abort.
    async submit(visit): Promise<Outcome> {
      const { signedInAs } = visit.facts;
      if (visit.form['choice'] !== 'allow' || signedInAs === undefined) return show(visit);
      return { kind: 'proved', accountId: signedInAs };
    },
  };
}
