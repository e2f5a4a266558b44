/**
 * Has statements that collided go one after the other: where who comes second fails, ten at once would be one that is carried
 * out and nine that are sent again.
 */
export interface Lanes {
  /** True while statements take turns under this key. */
  isOpen(key: string): boolean;
  /** Waits for those before it under the same key. */
  run<Answer>(key: string, work: () => Promise<Answer>): Promise<Answer>;
}

/** Creates no lane yet: each is there for as long as somebody is in it. */
export function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>();
  return {
    isOpen: (key) => last.has(key),
    async run(key, work) {
      const done = (last.get(key) ?? Promise.resolve()).then(work);
      const settled = done.catch(() => {});
      last.set(key, settled);
      try {
        return await done;
      } finally {
        if (last.get(key) === settled) last.delete(key);
      }
    },
  };
}
