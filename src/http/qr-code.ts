// QR codes as one path of an SVG: no picture to load, no address with the secret in it.

/** How wide the code is in modules, quiet zone and all, and the path that its dark modules make. */
export type QrCode = { readonly size: number; readonly path: string };

/** Light modules around the code (ISO/IEC 18004: four). */
const QUIET = 4;

/** The QR code of a text; a sixth of it may be covered and it is still read (error correction M). */
export async function qrCode(text: string): Promise<QrCode> {
  // Few requests draw one, and the library takes its time to load.
  const { create } = await import('qrcode');
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const { size } = modules;
  const runs: string[] = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (!modules.get(row, column)) continue;
      const start = column;
      while (column < size && modules.get(row, column)) column += 1;
      runs.push(`M${start + QUIET} ${row + QUIET}h${column - start}v1h-${column - start}z`);
    }
  }
  return { size: size + 2 * QUIET, path: runs.join('') };
}
