// Every address of the account pages, a line each.

import type { On } from '../route.ts';
import type { AccountPages } from './all-pages.ts';
import type { Frame } from './frame.ts';
import type { OwnPages } from './own-pages.ts';

/** Adds the account pages. */
export function routeAccount(
  add: On,
  { frame, account, own }: { frame: Frame; account: AccountPages; own: OwnPages },
): void {
  const { page, customerPage, noting } = frame;
  const on = noting(add);
  on('get', '/account/signed-in', frame.signedIn);
  on('get', '/account', page(own.overview, 'look'));
  on('get', '/account/profile', page(own.profile.show, 'look'));
  on('post', '/account/profile', page(own.profile.submit));
  on('get', '/account/profile/export', page(own.export.show));
  on('post', '/account/profile/export', page(own.export.send));
  on('get', '/account/changes', page(own.changes, 'look'));
  on('get', '/account/applications', page(own.applications.list, 'look'));
  on('post', '/account/applications/withdraw', page(own.applications.withdraw));
  on('get', '/account/support', page(own.support.list, 'look'));
  on('post', '/account/support', page(own.support.ask));
  on('get', '/account/support/:id', page(own.support.one));
  on('get', '/account/support/:id/server', page(own.support.askServer));
  on('post', '/account/support/:id/server', page(own.support.nameServer));
  on('post', '/account/support/:id/reply', page(own.support.reply));
  on('get', '/account/security', page(account.security, 'look'));
  on('get', '/account/security/notices', page(account.notices.show, 'look'));
  on('post', '/account/security/notices', page(account.notices.submit));
  on('get', '/account/history', page(account.history.list, 'look'));
  on('get', '/account/history/:id', page(account.history.entry, 'look'));
  on('get', '/account/security/passkeys', page(account.passkeys.list, 'look'));
  on('post', '/account/security/passkeys', page(account.passkeys.begin));
  on('post', '/account/security/passkeys/new', page(account.passkeys.add));
  on('get', '/account/security/passkeys/:id', page(account.passkeys.one));
  on('post', '/account/security/passkeys/:id/rename', page(account.passkeys.rename));
  on('post', '/account/security/passkeys/:id/remove', page(account.passkeys.remove));
  on('get', '/account/security/addresses', page(account.addresses.show, 'look'));
  on('post', '/account/security/addresses', page(account.addresses.add));
  on('post', '/account/security/addresses/:id/remove', page(account.addresses.remove));
  on('get', '/account/security/totp', page(account.totp.show));
  on('get', '/account/security/totp/setup', page(account.totp.showSetUp, 'nothing', account.totp.shownKey));
  on('post', '/account/security/totp/setup', page(account.totp.setUp, 'nothing', account.totp.shownKey));
  on('get', '/account/security/totp/anew', page(account.totp.askAnew));
  on('post', '/account/security/totp/anew', page(account.totp.anew));
  on('get', '/account/security/totp/off', page(account.totp.askOff));
  on('post', '/account/security/totp/off', page(account.totp.off));
  on('post', '/account/security/totp/keep', page(account.keepTotp));
  on('get', '/account/security/recovery-codes', page(account.recoveryCodes.show));
  on('post', '/account/security/recovery-codes', page(account.recoveryCodes.renew));
  on('get', '/account/security/phone', page(account.phone.show));
  on('post', '/account/security/phone', page(account.phone.submit));
  on('get', '/account/security/phone/code', page(account.phone.showCode));
  on('post', '/account/security/phone/code', page(account.phone.check));
  on('post', '/account/security/phone/again', page(account.phone.again));
  on('get', '/account/security/email', page(account.email.show));
  on('post', '/account/security/email', page(account.email.send));
  on('post', '/account/security/email/change', page(account.email.change));
  on('post', '/account/security/email/cancel', page(account.email.cancel));
  on('get', '/account/security/password', page(account.password.show));
  on('post', '/account/security/password', page(account.password.submit));
  on('get', '/account/security/login', page(account.login.show));
  on('post', '/account/security/login', page(account.login.submit));
  on('get', '/account/security/identities', page(account.identities.list, 'look'));
  on('get', '/account/security/identities/:name', page(account.identities.one));
  on('post', '/account/security/identities/:name/link', page(account.identities.link));
  on('post', '/account/security/identities/:name/unlink', page(account.identities.unlink));
  on('get', '/account/security/link-identity', page(account.identities.ask));
  on('post', '/account/security/link-identity', page(account.identities.confirm));
  on('get', '/account/security/differences', page(account.differences.show));
  on('post', '/account/security/differences', page(account.differences.submit));
  on('get', '/account/security/password-sign-in', page(account.passwordSignIn.show));
  on('post', '/account/security/password-sign-in', page(account.passwordSignIn.submit));
  on('get', '/account/security/recovery', page(account.recovery.show));
  on('post', '/account/security/recovery', page(account.recovery.submit));
  on('get', '/account/api-tokens', page(account.apiTokens.list, 'look'));
  on('post', '/account/api-tokens', page(account.apiTokens.create));
  on('get', '/account/api-tokens/:id', page(account.apiTokens.one, 'look'));
  on('post', '/account/api-tokens/:id/revoke', page(account.apiTokens.revoke));
  on('get', '/account/keys', page(account.keys.list, 'look'));
  on('post', '/account/keys', page(account.keys.add));
  on('post', '/account/keys/new', page(account.keys.generate));
  on('get', '/account/keys/:id', page(account.keys.one, 'look'));
  on('post', '/account/keys/:id/rename', page(account.keys.rename));
  on('post', '/account/keys/:id/remove', page(account.keys.remove));
  on('get', '/account/sessions', page(account.sessions.show, 'look'));
  on('post', '/account/sessions/end', page(account.sessions.end));
  on('get', '/account/customers', page(account.chooseCustomer.show));
  on('post', '/account/customers', page(account.chooseCustomer.submit));
  on('get', '/account/customers/:id/leave', page(account.leaving.show));
  on('post', '/account/customers/:id/leave', page(account.leaving.submit));
  on('get', '/account/members', customerPage('members:read', account.members.list, 'look'));
  on('get', '/account/members/invite', customerPage('members:write', account.members.askInvite));
  on('post', '/account/members/invite', customerPage('members:write', account.members.invite));
  on(
    'post',
    '/account/members/invitations/:id/resend',
    customerPage('members:write', account.members.resend),
  );
  on(
    'post',
    '/account/members/invitations/:id/withdraw',
    customerPage('members:write', account.members.withdraw),
  );
  on('get', '/account/members/:account', customerPage('members:write', account.members.one));
  on('post', '/account/members/:account/role', customerPage('members:write', account.members.changeRole));
  on('post', '/account/members/:account/disable', customerPage('members:write', account.members.disable));
  on('post', '/account/members/:account/enable', customerPage('members:write', account.members.enable));
  on('get', '/account/customer', customerPage('customer:read', account.customer.show, 'look'));
  on('post', '/account/customer', customerPage('customer:write', account.customer.submit));
  on('get', '/account/customer/changes', customerPage('customer:read', account.customerChanges, 'look'));
  on('get', '/account/customer/contacts', customerPage('contacts:read', account.contacts.list, 'look'));
  on('post', '/account/customer/contacts', customerPage('contacts:write', account.contacts.add));
  on(
    'post',
    '/account/customer/contacts/:id/kinds',
    customerPage('contacts:write', account.contacts.setKinds),
  );
  on(
    'get',
    '/account/customer/contacts/:id/remove',
    customerPage('contacts:write', account.contacts.askRemove),
  );
  on(
    'post',
    '/account/customer/contacts/:id/remove',
    customerPage('contacts:write', account.contacts.remove),
  );
  on('get', '/account/customer/closing', customerPage('closing:write', account.closing.show));
  on('post', '/account/customer/closing', customerPage('closing:write', account.closing.request));
  on('post', '/account/customer/closing/cancel', customerPage('closing:write', account.closing.cancel));
  on(
    'get',
    '/account/customer/support-access',
    customerPage('support-access:read', account.supportAccess.show, 'look'),
  );
  on(
    'get',
    '/account/customer/support-access/allow',
    customerPage('support-access:write', account.supportAccess.ask),
  );
  on(
    'post',
    '/account/customer/support-access/allow',
    customerPage('support-access:write', account.supportAccess.allow),
  );
  on(
    'post',
    '/account/customer/support-access/extend',
    customerPage('support-access:write', account.supportAccess.extend),
  );
  on(
    'post',
    '/account/customer/support-access/:id/end',
    customerPage('support-access:write', account.supportAccess.end),
  );
  on('post', '/account/leave', page(account.leaveSupport, 'act'));
  on('get', '/account/invitations', page(account.invitations.list));
  on('post', '/account/invitations/:id/accept', page(account.invitations.accept));
  on('post', '/account/invitations/:id/decline', page(account.invitations.decline));
  on('get', '/account/sign-out-everywhere', page(account.sessions.ask));
  on('post', '/account/sign-out-everywhere', page(account.sessions.endAll));
}
