// The QR code as a path: the same modules as the library makes, with the light border that cameras need.

import { create } from 'qrcode';
import { describe, expect, test } from 'vitest';
import { otpauthUrl } from '../../src/http/filters.ts';
import { qrCode } from '../../src/http/qr-code.ts';

/** Draws the path on a grid, as an SVG would. */
function draw({ size, path }: { size: number; path: string }): boolean[][] {
  const grid = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  expect(path).toMatch(/^(?:M\d+ \d+h\d+v1h-\d+z)+$/);
  for (const [, x, y, width, back] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
    expect(back).toBe(width);
    for (let step = 0; step < Number(width); step += 1) grid[Number(y)]![Number(x) + step] = true;
  }
  return grid;
}

test.for([
  'x',
  'otpauth://totp/Hv%C4%9Bzdn%C3%BD%20hosting:eva%40example.cz?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=H',
  `otpauth://totp/${'a'.repeat(500)}`,
])('draws every module of %s and nothing beside', async (text) => {
  const drawn = draw(await qrCode(text));
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  expect(drawn).toHaveLength(modules.size + 8);
  for (const [y, row] of drawn.entries())
    for (const [x, isDark] of row.entries()) {
      const inside = [x, y].every((place) => place >= 4 && place < modules.size + 4);
      expect([x, y, isDark]).toEqual([x, y, inside && modules.get(y - 4, x - 4) === 1]);
    }
});

describe('the address of a key', () => {
  test.for([
    ['otpauth://totp/a?secret=B', 'otpauth://totp/a?secret=B'],
    ['javascript:alert(1)', ''],
    ['java\tscript:alert(1)', ''],
    ['https://example.com/', ''],
    ['data:text/html,x', ''],
    [' javascript:otpauth://totp/a', ''],
    ['/account', ''],
    ['', ''],
    [undefined, ''],
  ] as const)('%s becomes a link only when it is one', ([value, link]) => {
    expect(otpauthUrl(value)).toBe(link);
  });
});
