// Names of fields in the one style of what leaves the house.

const CAMEL = /^[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+$/;

const nameOf = (key: string): string =>
  CAMEL.test(key) ? key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key;

/** The value, a tree of what JSON can say, with every field in `snake_case`; values stay as they are. */
export function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [nameOf(key), inSnakeCase(one)]));
}
