import { createGuard, createMemoryLedger } from "@require-action/core";
import { expect, it, vi } from "vitest";
import { createHarness, never } from "./harness.ts";

const guardOf = (engine: ReturnType<typeof createHarness>["engine"]) =>
  createGuard<object>({
    provider: engine,
    user: () => "alice",
    sealSecrets: ["a secret of at least thirty-two bytes"],
    ledger: createMemoryLedger(),
  });

it("C29: a guard cannot declare an action that the policy does not name", () => {
  const guard = guardOf(createHarness().engine);
  expect(() => guard.protect("withdraw-fund")).toThrow(
    'configuration_invalid: requireAction("withdraw-fund"): action: is not an action of the policy; did you mean "withdraw-funds"?',
  );
  expect(() => guard.action("withdraw-fund")).toThrow('did you mean "withdraw-funds"?');
  expect(guard.protect("withdraw-funds")).toBeInstanceOf(Function);
});

it("C25: a guard cannot demand methods of which the engine offers none", () => {
  const guard = guardOf(createHarness().engine);
  expect(() => guard.protect("withdraw-funds", { verificationMethods: ["VERIFF"] })).toThrow(
    'requireAction("withdraw-funds"): verificationMethods: this engine offers none of them',
  );
});

it("C29: a policy that is reloaded without a declared action warns once", async () => {
  const { engine } = createHarness();
  guardOf(engine).protect("withdraw-funds");
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  await engine.reloadPolicy({ actions: { other: { defaultOutcome: "ALLOW" } } });
  expect(warn.mock.calls).toEqual([
    [
      "The policy no longer names the action withdraw-funds, which a guard requires: each of its requests is refused.",
      { type: "RequireActionWarning", code: "RA_ACTION_UNKNOWN" },
    ],
  ]);
  warn.mockRestore();
});

it("C70: a call without a signal is an error of the catalogue", async () => {
  const { engine } = createHarness();
  for (const call of [{}, undefined, null]) {
    await expect(engine.track({} as never, call as never)).rejects.toMatchObject({ code: "configuration_invalid" });
  }
});

it("C29: each engine warns of an action that is refused, once", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  for (const { engine } of [createHarness(), createHarness()]) {
    for (let times = 0; times < 2; times++) {
      const request = { userId: "alice", action: "withdraw-fund", attributes: { idempotencyKey: `k${times}` } };
      await expect(async () => engine.track(request, never)).rejects.toMatchObject({ reason: "action_unknown" });
    }
  }
  expect(warn).toHaveBeenCalledTimes(2);
  warn.mockRestore();
});
