import { it } from "vitest";

/** True in `npm run test:full`, which plays everything of the files that `npm test` plays a part of. */
export const inFull = process.env["TEST_FULL"] === "1";

const nothing = (): void => {};

/** As `it`, of a test that takes too long for `npm test`: there it is not one, rather than one that is skipped. */
export const itInFull: typeof it = inFull
  ? it
  : (Object.assign(nothing, {
      each: () => nothing,
      skipIf: () => itInFull,
      for: () => nothing,
    }) as unknown as typeof it);
