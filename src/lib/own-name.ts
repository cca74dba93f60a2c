// The names that people give to things of their own: one line, without what is not seen or turns the writing around.

/** The name as it is kept, cut at so many characters; `undefined` when nothing is left of it. */
export function ownName(typed: string, longest: number): string | undefined {
  const name = typed
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\p{Bidi_Control}]+/gu, ' ')
    .trim();
  return name === '' ? undefined : Array.from(name).slice(0, longest).join('').trim();
}
