/** Creates the rule that acts of the same name run one after another. `waited` is true when another one came before. */
export function createTurns(): <T>(name: string, act: (waited: boolean) => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, act) => {
    const before = last.get(name);
    let end: (() => void) | undefined;
    const turn = new Promise<void>((resolve) => (end = resolve));
    last.set(name, turn);
    await before;
    try {
      return await act(before !== undefined);
    } finally {
      if (last.get(name) === turn) last.delete(name);
      end?.();
    }
  };
}
