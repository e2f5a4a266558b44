import { describe, expect, it } from "vitest";
import { type Awaitable, runSteps, settled, type Steps } from "../src/provider.ts";

function* sum(...answers: readonly (() => Awaitable<number>)[]): Steps<number> {
  let total = 0;
  for (const answer of answers) {
    try {
      total += yield* settled(answer());
    } catch (error) {
      if ((error as Error).message !== "skip") throw error;
    }
  }
  return total;
}
const fail = (message: string) => (): never => {
  throw new Error(message);
};

describe("steps", () => {
  it("return at once when there is nothing to wait for", () => {
    expect(
      runSteps(
        sum(
          () => 1,
          () => 2,
        ),
      ),
    ).toBe(3);
    expect(runSteps(sum())).toBe(0);
  });

  it("throw at once what they throw without having waited", () => {
    expect(() => runSteps(sum(() => 1, fail("wrong")))).toThrow("wrong");
  });

  it("wait where there is something to wait for, and go on from there", async () => {
    const answer = runSteps(
      sum(
        () => 1,
        async () => 2,
        () => 4,
        async () => 8,
      ),
    );
    expect(answer).toBeInstanceOf(Promise);
    await expect(answer).resolves.toBe(15);
  });

  it("catch a rejection where they waited, as an await would", async () => {
    const skip = () => Promise.reject(new Error("skip"));
    await expect(
      runSteps(
        sum(
          skip,
          () => 1,
          skip,
          async () => 2,
        ),
      ),
    ).resolves.toBe(3);
  });

  it("reject with what they throw after having waited", async () => {
    await expect(runSteps(sum(async () => 1, fail("wrong")))).rejects.toThrow("wrong");
    await expect(runSteps(sum(() => Promise.reject(new Error("down"))))).rejects.toThrow("down");
  });
});
