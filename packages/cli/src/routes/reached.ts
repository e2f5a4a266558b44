import { guardDescription } from "@require-action/core/adapter";

/**
 * The functions of a route up to the one that answers: it does not take `next`, which is the parameter at `place`, and what
 * stands behind it never runs. One without any parameters may be the wrapper of another, and is taken to hand on.
 */
export function reached(functions: readonly unknown[], place: number): readonly unknown[] {
  const end = functions.findIndex((one) => answers(one, place));
  return end === -1 ? functions : functions.slice(0, end + 1);
}

/** Whether a function takes something and no `next`. */
export function answers(one: unknown, place: number): boolean {
  return typeof one === "function" && guardDescription(one) === undefined && one.length > 0 && one.length <= place;
}
