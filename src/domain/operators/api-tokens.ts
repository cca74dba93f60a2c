// A person's API tokens as operators see and revoke them, such as one that has leaked. Nobody makes one for others.

import { AppError } from '../../lib/app-error.ts';
import type { ApiTokens, StoredApiToken } from '../api-tokens/api-tokens.ts';
import type { CredentialNotices } from '../messages/credential-notices.ts';
import { guardStaff, type AccountActs } from './accounts.ts';
import { actOf, type Caller, type RecordAct } from './caller.ts';

/** API tokens as operators handle them. */
export function createApiTokenActs(parts: {
  requireAccount: AccountActs['requireAccount'];
  apiTokens: Pick<ApiTokens, 'list' | 'revoke'>;
  credentialNotices: Pick<CredentialNotices, 'mail'>;
  record: RecordAct;
}) {
  const { requireAccount, apiTokens, credentialNotices, record } = parts;
  return {
    /** Those of one account, newest first, without what they are worth. */
    async list(accountId: string): Promise<StoredApiToken[]> {
      await requireAccount(accountId);
      return apiTokens.list(accountId);
    },

    /** Ends one on every node. The person is told by mail, and it stands among the changes of their account. */
    async revoke(by: Caller, accountId: string, tokenId: string): Promise<StoredApiToken> {
      const account = await requireAccount(accountId);
      guardStaff(by, account);
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
