// How names are written for being found: without case, diacritics and punctuation, as words.

/** Letters that Unicode does not take apart into a base and a mark. */
const standIns: Readonly<Record<string, string>> = {
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ø: 'o',
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
};

/** Longer names are found by their beginning. */
const LONGEST = 200;
/** Of a key, in characters: who has typed so many letters of a name has found it. */
const LONGEST_KEY = 64;

/** The words of a text: `Žižkovská s.r.o.` is `zizkovska sro`. */
export function plainWords(text: string): string[] {
  const plain = Array.from(text.toWellFormed())
    .slice(0, LONGEST)
    .join('')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\p{M}.'’`]/gu, '')
    .replaceAll(/[łđðøıßæœþ]/g, (letter) => standIns[letter]!);
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/**
 * A name beginning at each of its words in turn, what stands before coming last, so that a prefix of one of these is a
 * way to type the name: `jan novak` and `novak jan`. The last word comes first among them, for of a long name some
 * have no place.
 */
export function rotationsOf(words: readonly string[], most: number): string[] {
  const starts = words.map((_, index) => index);
  const last = starts.pop();
  const order = last === undefined ? [] : [last, ...starts];
  const rotations = order.map((start) => [...words.slice(start), ...words.slice(0, start)].join(' '));
  const cut = rotations.map((text) => Array.from(text).slice(0, LONGEST_KEY).join('').trimEnd());
  return [...new Set(cut)].slice(0, most);
}

/** Whether each of the words that were typed begins one of the name's, a different one each. */
export function hasWords(name: readonly string[], typed: readonly string[]): boolean {
  const left = [...name];
  // The longest first: `jan ja` must not spend `jan` on `ja`.
  return typed
    .toSorted((one, other) => other.length - one.length)
    .every((word) => {
      const index = left.findIndex((candidate) => candidate.startsWith(word));
      if (index >= 0) left.splice(index, 1);
      return index >= 0;
    });
}

/** The country whose national numbers are understood. */
const OWN_PREFIX = '+420';

/** The beginnings of E.164 numbers that a typed text may mean: `00420 601`, `+420601` and `601` are one. */
export function phonePrefixes(typed: string): string[] {
  if (!/^\+?[\d\s()./-]{3,30}$/.test(typed)) return [];
  const digits = typed.replaceAll(/\D/g, '');
  if (digits.length < 3 || digits.length > 15) return [];
  if (typed.startsWith('+')) return [`+${digits}`];
  if (digits.startsWith('00')) return digits.length > 4 ? [`+${digits.slice(2)}`] : [];
  const national = digits.length <= 9 ? [`${OWN_PREFIX}${digits}`] : [];
  return [...national, ...(digits.length > 4 ? [`+${digits}`] : [])];
}
