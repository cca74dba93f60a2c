// Bans in the hands of operators. Permission: `bans:*`.

import type { Audit } from '../audit/audit.ts';
import { actorKey, type Actor } from '../audit/audit-entry.ts';
import type { BanOutcome, Bans, StoredBan } from '../bans/bans.ts';

/** The acts over bans. */
export function createBanCare(parts: { bans: Bans; audit: Audit }) {
  const { bans, audit } = parts;
  return {
    /** All bans; each one's id is its range. */
    list: (): Promise<StoredBan[]> => bans.list(),

    /** Bans an address or network (`192.0.2.7`, `198.51.100.0/24`, `2001:db8::/48`) until a moment, or for good. */
    async add(
      actor: Actor,
      range: string,
      { reason, until }: { reason: string; until?: Date | undefined },
    ): Promise<BanOutcome> {
      const by = actor.kind === 'command' ? `command:${actor.name ?? ''}` : actorKey(actor);
      const outcome = await bans.add(range, { reason, until, by });
      if (outcome.kind === 'banned') {
        const { id, doc } = outcome.ban;
        await audit.record({
          action: 'ban.added',
          actor,
          target: id,
          after: { until: doc.until ?? null },
          reason,
        });
      }
      return outcome;
    },

    /** Lets it in again; false when it was not banned under exactly this range. */
    async remove(actor: Actor, range: string): Promise<boolean> {
      const removed = await bans.remove(range);
      if (!removed) return false;
      const before = { detail: removed.doc.reason, until: removed.doc.until ?? null };
      await audit.record({ action: 'ban.removed', actor, target: removed.id, before });
      return true;
    },
  };
}

export type BanCare = ReturnType<typeof createBanCare>;
