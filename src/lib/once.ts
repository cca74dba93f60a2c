// Things that are dear to make and not always needed. `Intl` is the dearest: its first formatter of dates takes 5 MiB and
// some hundredths of a second.

/** A function that makes its value at its first call and gives the same from then on. A `make` that throws is tried again. */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The same for one value under each of a few keys, which are never forgotten: never for what outsiders choose. */
export function onceEach<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, () => Value>();
  return (key) => {
    const known = made.get(key);
    if (known) return known();
    const fresh = once(() => make(key));
    made.set(key, fresh);
    return fresh();
  };
}
