// What operators do with what people wrote to support.

import { AppError } from '../../lib/app-error.ts';
import type { SupportRequests } from '../support/support-requests.ts';
import { actOf, WrongState, type Caller, type RecordAct } from './caller.ts';

/** Requests to support as operators handle them. */
export function createSupportActs(parts: { supportRequests: SupportRequests; record: RecordAct }) {
  const { supportRequests, record } = parts;
  return {
    list: supportRequests.list,

    /** Notes that a request has been dealt with. */
    async close(by: Caller, id: string): Promise<void> {
      const closed = await supportRequests.close(id);
      if (closed === undefined) throw new AppError('not_found', { detail: `no request ${id}` });
      if (!closed) throw new WrongState('it is closed already');
      await record({ ...actOf(by), action: 'support_request.closed', target: id });
    },
  };
}

export type SupportActs = ReturnType<typeof createSupportActs>;
