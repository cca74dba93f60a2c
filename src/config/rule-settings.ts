// The options as the rules take them.

import { addressRulesOf } from './address-rules.ts';
import { staffWaitOf } from './operator-settings.ts';
import type { Config } from './options.ts';
import { passwordPolicyOf } from './password-policy.ts';

/** What guards an account. */
export const guardSettingsOf = (config: Config) => ({
  issuer: config.issuer,
  brandName: config.brandName,
  addressLists: addressRulesOf(config),
  historyLife: config.historyLife,
  passwords: passwordPolicyOf(config),
  powMaxNumber: config.powMaxNumber,
  resetSameBrowser: config.resetSameBrowser,
  staffWait: staffWaitOf(config),
  texts: { hour: config.smsHour, day: config.smsDay },
});

/** What holds for customers, their members, and what is left of who has left. */
export const customerSettingsOf = (config: Config) => ({
  roles: config.memberRoles,
  sessionSeconds: config.sessionMax,
  closed: { isErased: config.closedData === 'erase', blockedSeconds: config.closedNames },
});

/** What whoever registers agrees to: the texts that the hoster has. */
export const agreementsOf = ({ termsUrl, termsVersion, privacyUrl, privacyVersion }: Config) =>
  [
    { document: 'terms' as const, url: termsUrl, version: termsVersion },
    { document: 'privacy' as const, url: privacyUrl, version: privacyVersion },
  ].flatMap(({ url, ...text }) => (url === undefined ? [] : [{ ...text, url }]));
