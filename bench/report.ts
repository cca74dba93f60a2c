// What comes out: one JSON object, or a table for a person.

/** `ratio` is ours divided by the bare engine's. More is better for `1/s`, less for the other units. */
export type Figure = {
  readonly name: string;
  readonly unit: '1/s' | 'ms' | 'MiB';
  readonly ours: number;
  readonly bare: number;
  readonly ratio: number;
  /** Milliseconds that one operation takes, where it is one. */
  readonly latency?: { readonly ours: Latency; readonly bare: Latency };
  /** Microseconds of processor time, of all threads, for one operation. */
  readonly processor?: { readonly ours: number; readonly bare: number };
};
type Latency = { readonly p50: number; readonly p99: number };

export type Report = {
  readonly figures: readonly Figure[];
  /** Password hashes alone, and how many of them the sign-ins came to. */
  readonly hash?: { readonly perSecond: number; readonly signInsPerHash: number };
  readonly run: Readonly<Record<string, string | number>>;
};

const rounded = (value: number): number => Number(value.toPrecision(4));

/** A figure, with its ratio. */
export const figure = (
  name: string,
  unit: Figure['unit'],
  { ours, bare }: { ours: number; bare: number },
  of?: Pick<Figure, 'latency' | 'processor'>,
): Figure => ({
  name,
  unit,
  ours: rounded(ours),
  bare: rounded(bare),
  ratio: rounded(ours / bare),
  ...of,
});

/** The report as a table with aligned columns. */
export function formatReport({ figures, hash, run }: Report): string {
  const head = [
    '',
    'unit',
    'ours',
    'bare',
    'ratio',
    'ours p50/p99 ms',
    'bare p50/p99 ms',
    'ours cpu µs',
    'bare cpu µs',
  ];
  const rows = figures.map(({ name, unit, ours, bare, ratio, latency, processor }) => [
    name,
    unit,
    shown(ours),
    shown(bare),
    ratio.toFixed(2),
    latency ? times(latency.ours) : '',
    latency ? times(latency.bare) : '',
    processor ? shown(processor.ours) : '',
    processor ? shown(processor.bare) : '',
  ]);
  const lines = alignColumns([head, ...rows]);
  if (hash) {
    lines.push(
      '',
      `argon2id alone: ${shown(hash.perSecond)} hashes a second; sign-ins come to ${hash.signInsPerHash.toFixed(2)} of that`,
    );
  }
  const facts = Object.entries(run).map(([name, value]) => `${name} ${value}`);
  return `${[...lines, '', facts.join(', ')].join('\n')}\n`;
}

const shown = (value: number): string => (value < 100 ? value.toFixed(1) : value.toFixed(0));
const times = ({ p50, p99 }: Latency): string => `${p50.toFixed(2)} / ${p99.toFixed(2)}`;

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
