// Bans in the hands of operators. Permission: `bans:*`.

import { actorKey } from '../audit/audit-entry.ts';
import type { BanOutcome, Bans, StoredBan } from '../bans/bans.ts';
import { actOf, type Caller, type RecordAct } from './caller.ts';

/** The acts over bans. */
export function createBanCare(parts: { bans: Bans; record: RecordAct }) {
  const { bans, record } = parts;
  return {
    /** All bans; each one's id is its range. */
    list: (): Promise<StoredBan[]> => bans.list(),
    /** A page of them, by their ranges as texts. */
    page: bans.page,
    get: bans.get,

    /** Bans an address or network (`192.0.2.7`, `198.51.100.0/24`, `2001:db8::/48`) until a moment, or for good. */
    async add(
      by: Caller,
      range: string,
      { reason, until }: { reason: string; until?: Date | undefined },
    ): Promise<BanOutcome> {
      const { actor } = by;
      const name = actor.kind === 'command' ? `command:${actor.name ?? ''}` : actorKey(actor);
      const outcome = await bans.add(range, { reason, until, by: name, from: by.address });
      if (outcome.kind === 'banned') {
        const { id, doc } = outcome.ban;
        await record({
          action: 'ban.added',
          ...actOf(by),
          target: id,
          after: { until: doc.until ?? null },
          reason,
        });
      }
      return outcome;
    },

    /** Lets it in again; false when it was not banned under exactly this range. */
    async remove(by: Caller, range: string): Promise<boolean> {
      const removed = await bans.remove(range);
      if (!removed) return false;
      const before = { detail: removed.doc.reason, until: removed.doc.until ?? null };
      await record({ action: 'ban.removed', ...actOf(by), target: removed.id, before });
      return true;
    },
  };
}

export type BanCare = ReturnType<typeof createBanCare>;
