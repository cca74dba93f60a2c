// Acts on the credentials of an account that can be cut off, for crashes.test.ts.

import { expect } from 'vitest';
import { engineCollections } from '../../src/domain/collections.ts';
import type { LinkedIdentity } from '../../src/domain/federation/links.ts';
import type { MortalAct, MortalGround } from './mortal-ground.ts';

const FROM = { address: '192.0.2.7', userAgent: '' };

/** The acts, each made anew whenever it is asked for. `identity` is one that nobody has, at the upstream there is. */
export function mortalCredentialActs(
  { world, person, accountOf, newAddress, textTo, secretIn }: MortalGround,
  identity: () => LinkedIdentity,
) {
  const isChanged = (email: string) => textTo(email).includes('the security of your account changed');

  return {
    async 'an address moves'() {
      const owner = await person();
      const to = newAddress();
      await world.core.emailChanges.ask(owner, to);
      await world.core.outbox.idle();
      const secret = secretIn(to, 'change-email');
      return {
        act: (core) => core.emailChanges.confirm(secret, FROM),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.email === to,
            action: ['credential.email_changed'],
            isTold: () => textTo(owner.doc.email).includes('/undo-email/'),
          },
        ],
      };
    },

    async 'a move of an address is undone'() {
      const owner = await person();
      const to = newAddress();
      await world.core.emailChanges.ask(owner, to);
      await world.core.outbox.idle();
      await world.core.emailChanges.confirm(secretIn(to, 'change-email'), FROM);
      await world.core.outbox.idle();
      const secret = secretIn(owner.doc.email, 'undo-email');
      return {
        act: (core) => core.emailChanges.undo(secret, FROM),
        done: [
          {
            // There is no second link: once it is used, the address is back.
            is: async () => (await world.core.emailChanges.peekUndo(secret)) === undefined,
            action: ['credential.email_restored'],
            isTold: async () =>
              (await accountOf(owner)).doc.email === owner.doc.email &&
              textTo(owner.doc.email).includes('the security of your account changed'),
          },
        ],
      };
    },

    async 'a password is set by a mailed link'() {
      const owner = await person();
      await world.core.setPassword.mail(owner);
      await world.core.outbox.idle();
      const secret = secretIn(owner.doc.email, 'set-password');
      const password = 'a long and rather new one';
      const { links } = world.core.federation;
      for (const upstream of ['own', 'trojan']) {
        const issuer = `https://${upstream}.example`;
        const identity = { upstream, issuer, subject: owner.id, clientId: 'here' };
        expect(await links.add(owner.id, identity)).toBe('linked');
      }
      const linked = async () => (await links.ofAccount(owner.id)).map(({ doc }) => doc.upstream);
      const how = { purpose: 'set-password', kept: ['own'] } as const;
      return {
        act: (core) => core.setPassword.use(secret, password, password, 'a browser', how),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.passwordHash !== undefined,
            action: ['credential.password_set'],
            // What the person does not keep is no longer linked, and what they keep is.
            isTold: async () =>
              textTo(owner.doc.email).includes('password of your account was changed') &&
              (await linked()).join() === 'own',
          },
        ],
      };
    },

    async 'an account is locked by a mailed link'() {
      const owner = await person();
      const { secret } = await world.core.links.issue('not-me', owner);
      const added = await world.core.addressLists.add(owner.id, { range: '31.15.10.7' });
      expect(added.kind).toBe('added');
      return {
        act: (core) => core.mailedEndings.lock(secret),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.credentialVersion > owner.doc.credentialVersion,
            action: ['account.locked'],
            isTold: async () =>
              textTo(owner.doc.email).includes('/set-password/') &&
              (await world.core.addressLists.list(owner.id)).length === 0,
          },
          {
            // A link that is used up has locked.
            is: async () => !(await world.core.mailedEndings.isGood('not-me', secret)),
            isTold: async () => (await accountOf(owner)).doc.credentialVersion > owner.doc.credentialVersion,
          },
        ],
      };
    },

    async 'everything is signed out by a mailed link'() {
      const owner = await person();
      const { secret } = await world.core.links.issue('logout-all', owner);
      const sessions = world.store.collection(engineCollections.Session);
      await sessions.insert(`of ${owner.id}`, { uid: `of ${owner.id}`, accountId: owner.id });
      const isTold = async () => (await sessions.get(`of ${owner.id}`)) === undefined;
      const is = async () => !(await world.core.mailedEndings.isGood('logout-all', secret));
      return {
        act: (core) => core.mailedEndings.logOut(secret),
        done: [{ is, action: ['account.signed_out_everywhere'], isTold }],
      };
    },

    async 'an identity is linked'() {
      const owner = await person();
      const linked = identity();
      const links = async () => world.core.federation.links.ofAccount(owner.id);
      return {
        act: (core) => core.federation.linking.link(owner, linked, FROM, undefined),
        done: [
          {
            is: async () => (await links()).length > 0,
            action: ['credential.identity_linked'],
            isTold: () => isChanged(owner.doc.email),
          },
        ],
      };
    },

    async 'an identity is unlinked'() {
      const owner = await person();
      const { linking, links } = world.core.federation;
      await linking.link(owner, identity(), FROM, undefined);
      await world.core.outbox.idle();
      const passwordHash = await world.core.hasher.hash('a long and rather new one');
      const account = await world.core.accounts.change(owner.id, () => ({ passwordHash }));
      const [link] = await links.ofAccount(owner.id);
      const letters = () => textTo(owner.doc.email).split('the security of your account changed').length;
      const before = letters();
      return {
        act: (core) => core.federation.linking.unlink(account, link!, FROM, 'no session'),
        done: [
          {
            is: async () => (await links.ofAccount(owner.id)).length === 0,
            action: ['credential.identity_unlinked'],
            isTold: () => letters() > before,
          },
        ],
      };
    },

    async 'the password is switched off'() {
      const owner = await person({ phone: '+420601222333' });
      await world.core.federation.linking.link(owner, identity(), FROM, undefined);
      await world.core.outbox.idle();
      const account = await accountOf(owner);
      const authTime = Math.floor(world.core.clock.now().getTime() / 1000);
      const session = { uid: `of ${owner.id}`, authTime, amr: ['fed'] };
      const letters = () => textTo(owner.doc.email).split('the security of your account changed').length;
      const before = letters();
      return {
        act: (core) => core.federation.passwordMode.turnOff(account, session, FROM),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.passwordOff === true,
            action: ['credential.password_sign_in_off'],
            isTold: () => letters() > before,
          },
        ],
      };
    },
  } satisfies Record<string, () => Promise<MortalAct>>;
}
