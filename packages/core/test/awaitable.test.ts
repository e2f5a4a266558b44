import { describe, expect, it, vi } from "vitest";
import { type Awaitable, orElse, settle, whenSettled } from "../src/provider.ts";

const wrong = (): never => {
  throw new Error("wrong");
};
const rejected = (): Promise<never> => Promise.reject(new Error("wrong"));
/** Answers that are there, and the same as promises and as what else can be awaited. */
const kinds: readonly (readonly [string, <T>(value: T) => Awaitable<T>])[] = [
  ["a promise", async (value) => value],
  // oxlint-disable-next-line unicorn/no-thenable -- as client libraries have them
  ["a thenable", (value) => ({ then: (follow: any) => Promise.resolve(value).then(follow) })],
];

describe("what is there at once", () => {
  it("is gone on with at once", () => {
    expect(whenSettled(1, (value) => value + 1)).toBe(2);
    expect(
      settle(
        () => 1,
        (value) => value + 1,
        wrong,
      ),
    ).toBe(2);
    expect(orElse(() => 1, wrong)).toBe(1);
  });

  it("and fails is answered for at once, by what is thrown in its place or answered", () => {
    expect(
      settle(
        wrong,
        () => 1,
        () => 2,
      ),
    ).toBe(2);
    expect(orElse(wrong, () => 2)).toBe(2);
    expect(() => orElse(wrong, wrong)).toThrow("wrong");
  });

  it("has its own failure answered for, and not what follows upon it", () => {
    const fail = vi.fn(() => 0);
    expect(() => settle(() => 1, wrong, fail)).toThrow("wrong");
    expect(() => settle(() => 1, wrong, fail)).toThrow("wrong");
    expect(fail).not.toHaveBeenCalled();
  });
});

describe.each(kinds)("what is there later, as %s,", (_kind, later) => {
  it("is gone on with then", async () => {
    await expect(whenSettled(later(1), (value) => value + 1)).resolves.toBe(2);
    await expect(
      settle(
        () => later(1),
        (value) => later(value + 1),
        wrong,
      ),
    ).resolves.toBe(2);
    await expect(orElse(() => later(1), wrong)).resolves.toBe(1);
    await new Promise<void>((resolve, reject) =>
      settle(
        () => later(1),
        () => resolve(),
        reject,
      ),
    );
  });

  it("has its own failure answered for, and not what follows upon it", async () => {
    const fail = vi.fn(() => 0);
    await expect(settle(() => later(1), wrong, fail)).rejects.toThrow("wrong");
    expect(fail).not.toHaveBeenCalled();
  });
});

describe("what is rejected", () => {
  it("is answered for, by what is thrown in its place or answered", async () => {
    await expect(
      settle(
        rejected,
        () => 1,
        () => 2,
      ),
    ).resolves.toBe(2);
    await expect(orElse(rejected, () => 2)).resolves.toBe(2);
    await expect(orElse(rejected, wrong)).rejects.toThrow("wrong");
    await expect(whenSettled(rejected(), () => 1)).rejects.toThrow("wrong");
    await expect(new Promise((resolve, reject) => settle(rejected, resolve, reject))).rejects.toThrow("wrong");
  });
});
