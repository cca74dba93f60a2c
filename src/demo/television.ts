// The demo's television: it has no keyboard, so it shows a code that is typed elsewhere (RFC 8628), and asks at each look
// whether its person is done.

import * as openid from 'openid-client';
import { DEVICE_GRANT } from '../domain/clients/client-metadata.ts';
import { qrCode, type QrCode } from '../http/qr-code.ts';

/** What is on the screen. */
export type Screen =
  | {
      readonly kind: 'code';
      readonly userCode: string;
      readonly url: string;
      readonly qr: QrCode;
      readonly deviceCode: string;
      /** Seconds between two questions, and when the next is due: milliseconds since 1970. */
      readonly interval: number;
      readonly nextAt: number;
    }
  | { readonly kind: 'on'; readonly name: string; readonly email: string }
  | { readonly kind: 'problem'; readonly error: string };

const SCOPE = 'openid profile email';

/** A little before its page comes again by itself. */
const dueIn = (seconds: number): number => Date.now() + seconds * 1000 - 500;

/** The television's half of the protocol; `clientId` registers it when it is first needed. */
export function createTelevision(options: { issuer: string; clientId: () => Promise<string> }) {
  const { issuer, clientId } = options;

  async function provider(): Promise<openid.Configuration> {
    return openid.discovery(new URL(issuer), await clientId(), undefined, openid.None(), {
      execute: issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
    });
  }

  return {
    /** Asks for a code. */
    async turnOn(): Promise<Screen> {
      const asked = await openid.initiateDeviceAuthorization(await provider(), { scope: SCOPE });
      const { interval = 5 } = asked;
      return {
        kind: 'code',
        userCode: asked.user_code,
        url: asked.verification_uri,
        qr: await qrCode(asked.verification_uri_complete ?? asked.verification_uri),
        deviceCode: asked.device_code,
        interval,
        nextAt: dueIn(interval),
      };
    },

    /** Asks whether the person is done, unless it is too soon to ask again. */
    async look(screen: Screen): Promise<Screen> {
      if (screen.kind !== 'code' || Date.now() < screen.nextAt) return screen;
      const { deviceCode, interval } = screen;
      try {
        const config = await provider();
        const tokens = await openid.genericGrantRequest(config, DEVICE_GRANT, { device_code: deviceCode });
        const { name, email } = await openid.fetchUserInfo(
          config,
          tokens.access_token,
          openid.skipSubjectCheck,
        );
        return { kind: 'on', name: name ?? '', email: email ?? '' };
      } catch (error) {
        const said = error instanceof openid.ResponseBodyError ? error.error : '';
        if (said !== 'authorization_pending' && said !== 'slow_down')
          return { kind: 'problem', error: said || String(error) };
        const longer = said === 'slow_down' ? interval + 5 : interval;
        return { ...screen, interval: longer, nextAt: dueIn(longer) };
      }
    },
  };
}

export type Television = ReturnType<typeof createTelevision>;
