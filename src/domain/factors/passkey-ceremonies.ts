// The two ceremonies of WebAuthn Level 3 as our one relying party sees them: what the browser is asked, and whether
// its answer holds (§7.1, §7.2). Who may do what with an answer that holds is decided elsewhere.

import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { displayName, type StoredAccount } from '../accounts/accounts.ts';
import {
  algorithms,
  isKeyOfItsAlgorithm,
  PasskeyRefused,
  readAssertion,
  readClientData,
  readCreation,
  type Assertion,
} from './passkey-answers.ts';
import type { NewPasskey, Passkey, StoredPasskey } from './passkeys.ts';
import { CHALLENGE_SECONDS, type ChallengePurpose, type WebauthnChallenges } from './webauthn-challenges.ts';

const LONGEST_CREDENTIAL_ID_BYTES = 1023;

export type AssertionFacts = {
  readonly counter: number;
  readonly backedUp: boolean;
  readonly userVerified: boolean;
};

/** The library takes a while to load: only a process that meets a passkey waits for it. */
const library = () => import('@simplewebauthn/server');
const libraryParts = () => import('@simplewebauthn/server/helpers');

/** W10: the account's id as bytes; it tells nothing of the person (WebAuthn L3 §14.6.1). */
export const userHandleOf = (accountId: string): string => Buffer.from(accountId).toString('base64url');

/** Faults of an answer are the library's errors; it has no other way to say so. */
async function judge<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (cause) {
    if (cause instanceof PasskeyRefused) throw cause;
    throw new PasskeyRefused(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const describe = ({ doc }: StoredPasskey) => ({
  type: 'public-key' as const,
  id: doc.credentialId,
  transports: [...doc.transports] as [],
});

/** The ceremonies at one issuer: its host name is the RP id, its origin the only one that counts (W3). */
export function createPasskeyCeremonies(parts: {
  issuer: string;
  name: string;
  challenges: WebauthnChallenges;
}) {
  const { issuer, name, challenges } = parts;
  const rpId = new URL(issuer).hostname;
  const timeout = CHALLENGE_SECONDS * 1000;

  /** W2, W3: what the browser says of the page that asked; its challenge is used up. */
  async function checkClientData(
    encoded: string,
    purpose: ChallengePurpose,
    subject: string,
  ): Promise<string> {
    const { challenge } = readClientData(encoded);
    const verdict = await challenges.use(purpose, subject, challenge);
    if (verdict !== 'good')
      throw new PasskeyRefused(`the challenge is ${verdict}`, { late: verdict !== 'foreign' });
    return challenge;
  }

  return {
    /** What a sign-in page asks. Without `allow` any passkey for us will do, and the page tells nothing (W12). */
    requestOptions(asked: {
      purpose: Exclude<ChallengePurpose, 'register'>;
      subject: string;
      allow?: readonly StoredPasskey[];
      userVerification: 'required' | 'discouraged';
    }): PublicKeyCredentialRequestOptionsJSON {
      return {
        challenge: challenges.issue(asked.purpose, asked.subject),
        rpId,
        timeout,
        userVerification: asked.userVerification,
        allowCredentials: (asked.allow ?? []).map(describe),
      };
    },

    /** What the page that adds a passkey asks. */
    creationOptions(
      account: StoredAccount,
      existing: readonly StoredPasskey[],
      subject: string,
    ): PublicKeyCredentialCreationOptionsJSON {
      return {
        challenge: challenges.issue('register', subject),
        rp: { id: rpId, name },
        user: {
          id: userHandleOf(account.id),
          name: account.doc.email,
          displayName: displayName(account.doc),
        },
        pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
        excludeCredentials: existing.map(describe),
        attestation: 'none',
        timeout,
      };
    },

    /** Reads an assertion without believing it. Throws `PasskeyRefused`, as all that judges does. */
    readAssertion,

    /** Judges an assertion by the passkey that it names (§7.2). Uses its challenge up, whatever comes of it. */
    async verifyAssertion(
      given: Assertion,
      passkey: Passkey | undefined,
      asked: { purpose: ChallengePurpose; subject: string },
    ): Promise<AssertionFacts> {
      const expectedChallenge = await checkClientData(
        given.response.clientDataJSON,
        asked.purpose,
        asked.subject,
      );
      if (!passkey) throw new PasskeyRefused('the passkey is not registered');
      return judge(async () => {
        const { verifyAuthenticationResponse } = await library();
        const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
          response: { ...given, clientExtensionResults: {} } as unknown as AuthenticationResponseJSON,
          expectedChallenge,
          expectedOrigin: issuer,
          expectedRPID: rpId,
          requireUserVerification: false,
          // Counters are compared where they are stored, or two answers at once could both be newer.
          credential: {
            id: passkey.credentialId,
            publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
            counter: 0,
          },
        });
        if (!verified) throw new PasskeyRefused('the signature does not fit');
        if (info.credentialDeviceType !== passkey.deviceType) {
          throw new PasskeyRefused(
            'a passkey bound to its device is now a synced one, or the other way round',
          );
        }
        return {
          counter: info.newCounter,
          backedUp: info.credentialBackedUp,
          userVerified: info.userVerified,
        };
      });
    },

    /** Judges the answer of an authenticator that has made a passkey (§7.1). */
    async verifyCreation(text: string, subject: string): Promise<NewPasskey> {
      const given = readCreation(text);
      const expectedChallenge = await checkClientData(given.response.clientDataJSON, 'register', subject);
      return judge(async () => {
        const [{ verifyRegistrationResponse }, { decodeAttestationObject, decodeCredentialPublicKey }] =
          await Promise.all([library(), libraryParts()]);
        const attestation = decodeAttestationObject(
          new Uint8Array(Buffer.from(given.response.attestationObject, 'base64url')),
        );
        // Asked for none, an authenticator may still sign for itself. Certificates are not looked at: the library
        // would fetch what they name.
        const format = attestation.get('fmt');
        const signsForItself = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined;
        if (format !== 'none' && !signsForItself)
          throw new PasskeyRefused('an attestation that was not asked for');
        const { verified, registrationInfo: info } = await verifyRegistrationResponse({
          response: { ...given, clientExtensionResults: {} } as unknown as RegistrationResponseJSON,
          expectedChallenge,
          expectedOrigin: issuer,
          expectedRPID: rpId,
          requireUserVerification: false,
          supportedAlgorithmIDs: algorithms,
        });
        if (!verified) throw new PasskeyRefused('the attestation does not fit');
        const { credential } = info;
        if (credential.id !== given.id) throw new PasskeyRefused('the passkey goes by two ids');
        const publicKey = decodeCredentialPublicKey(credential.publicKey) as unknown as Map<number, unknown>;
        if (!isKeyOfItsAlgorithm(publicKey))
          throw new PasskeyRefused('a key of another kind than its algorithm');
        const bytes = Buffer.from(credential.id, 'base64url').length;
        if (bytes === 0 || bytes > LONGEST_CREDENTIAL_ID_BYTES) {
          throw new PasskeyRefused(`a credential id of ${bytes} bytes`);
        }
        return {
          credentialId: credential.id,
          publicKey: Buffer.from(credential.publicKey).toString('base64url'),
          counter: credential.counter,
          transports: given.response.transports ?? [],
          deviceType: info.credentialDeviceType,
          backedUp: info.credentialBackedUp,
          aaguid: info.aaguid,
          userVerified: info.userVerified,
        };
      });
    },
  };
}

export type PasskeyCeremonies = ReturnType<typeof createPasskeyCeremonies>;
