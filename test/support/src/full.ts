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

/** Of so many processes that a test kills, those that this run kills: `KILLS_SHARE=0.1` is a tenth of them. */
export function shareOfKills(all: number): number {
  return Math.ceil(all * Number(process.env["KILLS_SHARE"] ?? 1));
}
