// What the audit log knows: the acts, and the fields of which it keeps the values. What is in neither table is not
// recorded at all, so that no secret gets in by a careless caller.

/** `shown`: the people whom it is about see it among the changes of their account or customer. */
type Row = { readonly shown: boolean };
const shown: Row = { shown: true };
const inner: Row = { shown: false };

/**
 * Every act by its name, `<thing>.<what was done>`. A new one is a row here, and a text under `audit.action` in both
 * languages.
 */
export const auditActions = {
  'account.created': shown,
  'account.disabled': shown,
  'account.enabled': shown,
  'account.locked': shown,
  'account.signed_out_everywhere': shown,
  'account.set_password_link': shown,
  'account.changed': shown,
  'account.verified': shown,
  'account.email_change_asked': shown,
  'account.profile_taken': shown,
  'account.profile_changed': shown,
  'account.exported': shown,
  'account.imported': inner,
  'account.migrated': inner,

  'credential.totp_on': shown,
  'credential.totp_off': shown,
  'credential.totp_off_by_support': shown,
  'totp_removal.requested': shown,
  'totp_removal.approved': shown,
  'totp_removal.refused': shown,
  'totp_removal.stopped': shown,
  'totp_removal.done': shown,
  'credential.recovery_codes_renewed': shown,
  'credential.recovery_code_used': shown,
  'credential.passkey_added': shown,
  'credential.passkey_removed': shown,
  'credential.address_added': shown,
  'credential.address_removed': shown,
  'credential.notices_changed': shown,
  'credential.phone_changed': shown,
  'credential.phone_verified': shown,
  'credential.email_verified': shown,
  'credential.email_changed': shown,
  'credential.email_restored': shown,
  'credential.login_changed': shown,
  'credential.password_changed': shown,
  'credential.password_set': shown,
  'credential.reset_forbidden': shown,
  'credential.reset_allowed': shown,
  'credential.api_token_created': shown,
  'credential.api_token_revoked': shown,
  'credential.identity_linked': shown,
  'credential.identity_unlinked': shown,
  'credential.password_sign_in_off': shown,
  'credential.password_sign_in_on': shown,
  /** By a hundred wrong ones in a row. */
  'credential.password_blocked': shown,
  /** The counter of a passkey went back, as that of a copy does: it was not accepted. */
  'credential.passkey_doubted': shown,
  'credential.ssh_key_added': shown,
  'credential.ssh_key_removed': shown,
  'credential.gpg_key_added': shown,
  'credential.gpg_key_removed': shown,

  'member.invited': shown,
  'member.invitation_withdrawn': shown,
  'member.joined': shown,
  'member.role_changed': shown,
  'member.disabled': shown,
  'member.enabled': shown,
  'member.left': shown,

  'closing.requested': shown,
  'closing.cancelled': shown,
  'closing.checked': shown,
  'closing.refused': shown,
  'closing.closed': shown,
  'customer.data_changed': shown,
  'contact.added': shown,
  'contact.changed': shown,
  'contact.removed': shown,

  'session.ended': shown,
  'consent.given': shown,
  'consent.withdrawn': shown,
  /** A code or refresh token came a second time: whoever has it, all that came of the grant has ended. */
  'grant.ended_by_reuse': shown,

  'customer.changed': shown,
  'customer.vetted': inner,
  'order.opened': inner,
  'domain.added': shown,
  'domain.removed': shown,

  'client.created': inner,
  'client.changed': inner,
  'client.secret_rotated': inner,
  'client.disabled': inner,
  'client.enabled': inner,
  'client.deleted': inner,
  'client.registered': inner,
  'client.registration_changed': inner,
  'client.registration_deleted': inner,
  'registration_token.created': inner,
  'registration_token.revoked': inner,

  'operator.role_granted': shown,
  'operator.role_revoked': shown,
  'operator.signed_in': inner,
  'operator.sign_in_refused': inner,
  'operator.console_refused': inner,

  'keys.rotated': inner,
  'keys.revoked': inner,
  'message.retried': inner,
  'message.given_up': inner,
  'support_request.taken': inner,
  'support_request.answered': inner,
  'support_request.closed': inner,
  'support_request.password_shown': shown,

  'support_access.allowed': shown,
  'support_access.extended': shown,
  'support_access.ended': shown,
  'support_access.entered': shown,
  'support_access.left': shown,

  'webhook.created': inner,
  'webhook.changed': inner,
  'webhook.secret_rotated': inner,
  'webhook.deleted': inner,
  'webhook.tested': inner,
  'webhook.replayed': inner,
  'ban.added': inner,
  'ban.removed': inner,

  'upstream.tested': inner,
  'upstream.switched_off': inner,
  'upstream.switched_on': inner,

  'operator.act_interrupted': inner,

  'audit.exported': inner,
  'audit.pruned': inner,
  'audit.damaged': inner,
} as const satisfies Record<string, Row>;
export type AuditAction = keyof typeof auditActions;

/** Whether the people whom an act is about see it. */
export const isShown = (action: string): boolean =>
  Object.hasOwn(auditActions, action) && auditActions[action as AuditAction].shown;

/** The fields whose values may stand in `before`, `after`. Never a secret, a hash of one, or what is sealed. */
export const auditFields = [
  'status',
  'state',
  'login',
  'email',
  'phone',
  'name',
  'kind',
  'role',
  'number',
  'detail',
  /** By which way it came: a word of ours, such as `mailed_link`. */
  'way',
  'methods',
  'fields',
  'count',
  'failed',
  'through',
  'sent',
  'domain',
  'channel',
  'client_name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  /** How a client proves itself, and its public keys by their thumbprints. */
  'auth_method',
  'keys',
  'jwks_uri',
  'first_party',
  'resource_server',
  'scope',
  'grant_types',
  'now',
  /** The process died in the middle: it may be done, and may be not. */
  'interrupted',
  'until',
  'algorithms',
] as const;
export type AuditField = (typeof auditFields)[number];
