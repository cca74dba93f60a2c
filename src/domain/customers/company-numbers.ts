// Company numbers as people type them: the Czech IČO with its check digit, and tax numbers (DIČ) of the Czech Republic,
// Slovakia and the rest of the European Union by their shapes.

const weighted = (digits: string): number =>
  [...digits].reduce((sum, digit, index) => sum + Number(digit) * (digits.length + 1 - index), 0);

/** An IČO in its eight digits; `undefined` when the check digit says that it is none. */
export function readIco(typed: string): string | undefined {
  const digits = typed.replaceAll(/\s/g, '');
  if (!/^\d{1,8}$/.test(digits)) return undefined;
  const ico = digits.padStart(8, '0');
  const check = (11 - (weighted(ico.slice(0, 7)) % 11)) % 10;
  return Number(ico) > 0 && Number(ico[7]) === check ? ico : undefined;
}

/** What follows the country in a tax number of the Union (VIES). Greece is EL, Northern Ireland XI. */
// prettier-ignore
const shapes: Readonly<Record<string, RegExp>> = {
  AT: /^U\d{8}$/,              BE: /^[01]\d{9}$/,           BG: /^\d{9,10}$/,
  CY: /^\d{8}[A-Z]$/,          DE: /^\d{9}$/,               DK: /^\d{8}$/,
  EE: /^\d{9}$/,               EL: /^\d{9}$/,               ES: /^[A-Z0-9]\d{7}[A-Z0-9]$/,
  FI: /^\d{8}$/,               FR: /^[A-HJ-NP-Z0-9]{2}\d{9}$/, HR: /^\d{11}$/,
  HU: /^\d{8}$/,               IE: /^\d[A-Z0-9+*]\d{5}[A-Z]{1,2}$/, IT: /^\d{11}$/,
  LT: /^(\d{9}|\d{12})$/,      LU: /^\d{8}$/,               LV: /^\d{11}$/,
  MT: /^\d{8}$/,               NL: /^[A-Z0-9+*]{12}$/,      PL: /^\d{10}$/,
  PT: /^\d{9}$/,               RO: /^\d{2,10}$/,            SE: /^\d{12}$/,
  SI: /^\d{8}$/,               XI: /^(\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
};

/** Of a person it is the birth number, of ten digits divisible by eleven (or, of old, with a 0 for a 10); of a company the IČO. */
function isCzech(digits: string): boolean {
  if (digits.length === 8) return readIco(digits) === digits;
  if (digits.length === 9) return true;
  const isOld = Number(digits.slice(0, 9)) % 11 === 10 && digits[9] === '0';
  return isOld || Number(digits) % 11 === 0;
}

/** A tax number without spaces, in capitals; `undefined` when it has the shape of none. */
export function readDic(typed: string): string | undefined {
  const dic = typed.replaceAll(/[\s.-]/g, '').toUpperCase();
  const [country, rest] = [dic.slice(0, 2), dic.slice(2)];
  if (country === 'CZ') return /^\d{8,10}$/.test(rest) && isCzech(rest) ? dic : undefined;
  if (country === 'SK') return /^\d{10}$/.test(rest) && Number(rest) % 11 === 0 ? dic : undefined;
  return Object.hasOwn(shapes, country) && shapes[country]!.test(rest) ? dic : undefined;
}
