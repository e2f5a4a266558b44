import { afterAll, expect } from "vitest";

/** What libraries replace for the whole process: a file that does so may not share one. */
const watched = ["Request", "Response", "Headers", "fetch", "crypto"] as const;
const before = watched.map((name) => globalThis[name]);

afterAll(() => {
  const changed = watched.filter((name, index) => globalThis[name] !== before[index]);
  expect(changed, "a file that replaces these is left out of `sharing`, in vitest.config.ts").toEqual([]);
});
