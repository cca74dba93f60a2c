// Devices and sessions: where the person is signed in, and how each of it ends (S57).

import type { IncomingMessage } from 'node:http';
import type { Audit } from '../../src/domain/audit/audit.ts';
import type { Endings } from '../../src/domain/sign-ins/endings.ts';
import type { Sessions } from '../../src/domain/sign-ins/sessions.ts';
import type { SupportAccess } from '../../src/domain/support-access/support-access.ts';
import type { SignOutEverywhere } from '../../src/domain/sign-ins/sign-out-everywhere.ts';
import { clearSiteData } from '../../src/http/headers.ts';
import type { ClientFace, Pages } from '../../src/http/pages.ts';
import type { AccountVisit } from './frame.ts';

const PATH = '/account/sessions';

/** The pages under /account/sessions, and the button that ends all of them. */
export function createSessionPages(parts: {
  sessions: Sessions;
  endings: Endings;
  signOutEverywhere: SignOutEverywhere;
  clientFace: (clientId: string) => Promise<ClientFace | undefined>;
  describeAgent: (userAgent: string) => string;
  /** Shows support out. */
  leaveSupport: SupportAccess['leave'];
  audit: Pick<Audit, 'note'>;
  wayOut: (req: IncomingMessage) => object | undefined;
  pages: Pages;
}) {
  const { sessions, endings, signOutEverywhere, clientFace, describeAgent, leaveSupport } = parts;
  const { audit, wayOut, pages } = parts;

  return {
    /** GET /account/sessions */
    async show({ account, session, show }: AccountVisit): Promise<void> {
      const found = await sessions.list(account.id);
      const rows = await Promise.all(
        found.map(async ({ uid, signedInAt, device, clientIds, supportUse }) => {
          const faces = await Promise.all(clientIds.map(clientFace));
          return {
            uid,
            isSupport: supportUse !== undefined,
            current: uid === session.uid,
            signedInAt,
            usedAt: device && new Date(device.usedAt),
            address: device?.address ?? '',
            browser: device ? describeAgent(device.userAgent) : '',
            clients: faces.flatMap((face) => (face ? [face.name] : [])),
          };
        }),
      );
      const own = rows.filter(({ current }) => current);
      show('account/sessions.njk', { sessions: [...own, ...rows.filter(({ current }) => !current)] });
    },

    /** POST /account/sessions/end */
    async end({ account, form, goTo }: AccountVisit): Promise<void> {
      const uid = form['session'] ?? '';
      const found = (await sessions.list(account.id)).find((one) => one.uid === uid);
      const ended = await endings.endOwnSession(account.id, uid);
      const actor = { kind: 'person', accountId: account.id } as const;
      if (ended) await audit.note({ action: 'session.ended', actor, accountId: account.id, target: uid });
      if (ended && found?.supportUse !== undefined) await leaveSupport(found.supportUse, actor);
      // Ended already, in another tab or by itself: what the person wanted holds all the same.
      goTo(PATH, ended ? 'session_ended' : 'session_over');
    },

    /** GET /account/sign-out-everywhere */
    ask: ({ show }: AccountVisit): void => show('account/sign-out-everywhere.njk', {}),

    /** POST /account/sign-out-everywhere */
    async endAll({ account, req, res }: AccountVisit): Promise<void> {
      await signOutEverywhere(account.id);
      const actor = { kind: 'person', accountId: account.id } as const;
      await audit.note({ action: 'account.signed_out_everywhere', actor, accountId: account.id });
      clearSiteData(res);
      pages.send(req, res, { template: 'pages/signed-out-everywhere.njk', props: { wayOut: wayOut(req) } });
    },
  };
}
