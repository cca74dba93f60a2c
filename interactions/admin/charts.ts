// Pictures of numbers, drawn here: bars as rectangles and lines as points for a template to write down. No script, no
// library.

export type Bar = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly key: string;
};
export type Chart = {
  readonly width: number;
  readonly height: number;
  readonly bars: readonly Bar[];
  readonly most: number;
};

const WIDTH = 720;
const HEIGHT = 160;
const GAP = 0.25;

/** Stacked bars: for every point a bar of its parts, the first one at the bottom. */
export function stackedBars(points: readonly (readonly { key: string; count: number }[])[]): Chart {
  const sums = points.map((parts) => parts.reduce((sum, { count }) => sum + count, 0));
  const most = Math.max(1, ...sums);
  const slot = WIDTH / Math.max(1, points.length);
  const round = (value: number) => Math.round(value * 100) / 100;
  const bars = points.flatMap((parts, index) => {
    let top = HEIGHT;
    return parts
      .filter(({ count }) => count > 0)
      .map(({ key, count }): Bar => {
        const height = (count / most) * HEIGHT;
        top -= height;
        return {
          x: round(index * slot + (slot * GAP) / 2),
          y: round(top),
          width: round(slot * (1 - GAP)),
          height: round(height),
          key,
        };
      });
  });
  return { width: WIDTH, height: HEIGHT, bars, most };
}

/** The share of a whole in percent; nothing of nothing is none of it. */
export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((100 * part) / whole);

export type Line = { readonly width: number; readonly height: number; readonly points: string };

/** A line through shares in percent, one for each day; its lower edge is none, its upper one all. */
export function shareLine(shares: readonly number[]): Line {
  const step = WIDTH / Math.max(1, shares.length - 1);
  const points = shares.map(
    (share, index) => `${Math.round(index * step)},${Math.round(HEIGHT - (share / 100) * HEIGHT)}`,
  );
  return { width: WIDTH, height: HEIGHT, points: points.join(' ') };
}
