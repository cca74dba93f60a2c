// A person's API tokens as operators see and revoke them, such as one that has leaked. Nobody makes one for others.

import { AppError } from '../../lib/app-error.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { ApiTokens, StoredApiToken } from '../api-tokens/api-tokens.ts';
import type { CredentialNotices } from '../messages/credential-notices.ts';
import { actOf, type Caller, type RecordAct } from './caller.ts';
import { requireForChange } from './staff-guard.ts';

/** API tokens as operators handle them. */
export function createApiTokenActs(parts: {
  accounts: Pick<Accounts, 'require'>;
  apiTokens: Pick<ApiTokens, 'list' | 'revoke'>;
  credentialNotices: Pick<CredentialNotices, 'mail'>;
  record: RecordAct;
}) {
  const { accounts, apiTokens, credentialNotices, record } = parts;
  return {
    /** Those of one account, newest first, without what they are worth. */
    async list(accountId: string): Promise<StoredApiToken[]> {
      await accounts.require(accountId);
      return apiTokens.list(accountId);
    },

    /** Ends one on every node. The person is told by mail, and it stands among the changes of their account. */
    async revoke(by: Caller, accountId: string, tokenId: string): Promise<StoredApiToken> {
      const account = await requireForChange(accounts, by, accountId);
      const revoked = await apiTokens.revoke(accountId, tokenId);
      if (!revoked) throw new AppError('not_found', { detail: 'no such API token of this account' });
      const detail = revoked.doc.name;
      await record({
        ...actOf(by),
        action: 'credential.api_token_revoked',
        accountId,
        target: tokenId,
        after: { detail },
      });
      await credentialNotices.mail(
        account,
        'api_token_revoked',
        { address: undefined, userAgent: '' },
        detail,
      );
      return revoked;
    },
  };
}

export type ApiTokenActs = ReturnType<typeof createApiTokenActs>;
