// Days as date fields write them (`2026-11-21`), where the server is.

/** The end of a day; `undefined` when the text is none. */
export function endOfDay(day: string): Date | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  const first = new Date(Number(year), Number(month) - 1, Number(date));
  if (dayOf(first) !== day) return undefined;
  return new Date(first.getFullYear(), first.getMonth(), first.getDate() + 1);
}

/** The day of a moment. */
export const dayOf = (at: Date): string =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');

/** The last day on which something holds that ends at this moment (ISO 8601), for pages; empty when it never does. */
export const lastDay = (endsAt: string | undefined): string =>
  endsAt === undefined ? '' : new Date(Date.parse(endsAt) - 1).toISOString();
