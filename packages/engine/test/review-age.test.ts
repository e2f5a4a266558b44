import { createGuard, createMemoryLedger } from "@require-action/core";
import { describe, expect, it, vi } from "vitest";
import { createHarness } from "./harness.ts";

const HOUR = 3_600_000;
const call = { user: "alice", bound: { amount: "20000" } };

describe("a review's approval", () => {
  function create() {
    const { engine, clock } = createHarness();
    const ledger = createMemoryLedger({ clock });
    const guard = createGuard<never>({
      provider: engine,
      ledger,
      clock,
      user: () => "alice",
      sealSecrets: ["x".repeat(32)],
    });
    return { engine, clock, action: guard.action("withdraw-funds") };
  }

  it.each([1, 23, 25, 70])(
    "T65: given after %i hours by the engine is good once, for a day from then",
    async (hours) => {
      const { engine, clock, action } = create();
      const work = vi.fn<() => string>(() => "done");
      const asked = await action.run(call, work);
      if (asked.kind !== "review_required") throw new Error(asked.kind);
      const token = asked.idempotencyKey;
      clock.advance(hours * HOUR);
      await engine.reviews.approve(
        { userId: "alice", action: "withdraw-funds", idempotencyKey: token },
        { reviewer: "rita" },
      );
      clock.advance(23 * HOUR);
      await expect(action.run({ ...call, token }, work)).resolves.toMatchObject({ kind: "done" });
      await expect(action.run({ ...call, token }, work)).resolves.toMatchObject({ code: "action_token_used" });
      clock.advance(HOUR);
      await expect(action.run({ ...call, token }, work)).resolves.toMatchObject({ code: "action_token_expired" });
      expect(work).toHaveBeenCalledTimes(1);
    },
  );

  it("T65: ends a day after the decision, unused", async () => {
    const { engine, clock, action } = create();
    const asked = await action.run(call, () => {});
    if (asked.kind !== "review_required") throw new Error(asked.kind);
    const key = { userId: "alice", action: "withdraw-funds", idempotencyKey: asked.idempotencyKey };
    await engine.reviews.approve(key, { reviewer: "rita" });
    clock.advance(24 * HOUR);
    const work = vi.fn<() => void>();
    await expect(action.run({ ...call, token: key.idempotencyKey }, work)).resolves.toMatchObject({
      code: "action_token_expired",
    });
    expect(work).not.toHaveBeenCalled();
  });
});
