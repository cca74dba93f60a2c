// A visit as the history writes it down: where it came from, and for which application.

import type { Attempt } from '../src/domain/sign-ins/history.ts';
import type { Visit } from './step.ts';

/** What the history keeps of a visit. */
export const attemptOf = ({
  address,
  browserId,
  userAgent,
  client,
}: Visit): Attempt & { readonly browserId: string } => ({
  address,
  browserId,
  userAgent,
  clientId: client.client_id,
  clientName: client.client_name,
});
