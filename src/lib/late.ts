// A part of the program whose code is loaded a moment after the start: a start has no use for it.

export type Late<Part> = {
  /** The part; loading begins with the first call, and whoever comes meanwhile waits for it. */
  load(): Promise<Part>;
  isLoaded(): boolean;
};

/** A part that `load` brings. When it fails, every call does: the process that began it has to end. */
export function createLate<Part>(load: () => Promise<Part>): Late<Part> {
  let loading: Promise<Part> | undefined;
  let loaded = false;
  const begin = async (): Promise<Part> => {
    const part = await load();
    loaded = true;
    return part;
  };
  return {
    load: () => (loading ??= begin()),
    isLoaded: () => loaded,
  };
}
