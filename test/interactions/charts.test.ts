// Pictures of numbers: what is drawn where.

import { expect, test } from 'vitest';
import { shareLine, stackedBars } from '../../interactions/admin/charts.ts';

test('a share of all is at the upper edge, none at the lower one, and the days go from left to right', () => {
  const { points, width, height } = shareLine([0, 50, 100]);
  expect(points).toBe(`0,${height} ${width / 2},${height / 2} ${width},0`);
  expect(shareLine([30]).points).toBe('0,112');
});

test('parts of a bar stand on each other, and the highest bar fills the picture', () => {
  const { bars, most, height } = stackedBars([
    [
      { key: 'good', count: 3 },
      { key: 'bad', count: 1 },
    ],
    [{ key: 'good', count: 2 }],
    [],
  ]);
  expect(most).toBe(4);
  expect(bars.map(({ key, y, height: size }) => [key, y / height, size / height])).toEqual([
    ['good', 0.25, 0.75],
    ['bad', 0, 0.25],
    ['good', 0.5, 0.5],
  ]);
  expect(stackedBars([])).toMatchObject({ bars: [], most: 1 });
});
