import { codeAt } from "@require-action-test/support/codes";
import { expectWarning } from "@require-action-test/support/warnings";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, never, track } from "./harness.ts";

it("warns once of an action that the policy does not name, and of which it may have been meant", async () => {
  const warned: string[] = [];
  const listener = (warning: Error & { code?: string }): void => {
    if (warning.code === "RA_ACTION_UNKNOWN") warned.push(warning.message);
  };
  process.on("warning", listener);
  expectWarning("RA_ACTION_UNKNOWN");
  const { engine } = createHarness();
  for (let time = 0; time < 2; time++) {
    await expect(track(engine, "alice", "withdraw-fund")).rejects.toMatchObject({ reason: "action_unknown" });
  }
  await new Promise(setImmediate);
  process.off("warning", listener);
  expect(warned).toEqual([
    "The policy does not name the action withdraw-fund, so each of its requests is refused. Did you mean withdraw-funds?",
  ]);
});

describe("track, challenge, validate", () => {
  it("lets an enrolled user through with a code of the authenticator app", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");

    const { token, state, isEnrolled, key } = await track(engine, "alice", "withdraw-funds", {
      custom: { amount: "250.00", payee: "bob" },
    });
    expect({ state, isEnrolled }).toEqual({ state: "CHALLENGE_REQUIRED", isEnrolled: true });

    const { isVerified, accessToken = "" } = await engine.challenges.verify(
      token,
      "AUTHENTICATOR_APP",
      codeAt(shared, clock.now()),
    );
    expect(isVerified).toBe(true);
    await expect(
      engine.validateChallenge({ token: accessToken, userId: "alice", action: "withdraw-funds" }, never),
    ).resolves.toEqual({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      stateUpdatedAt: new Date(clock.now()).toISOString(),
      verificationMethod: "AUTHENTICATOR_APP",
      ...key,
    });
  });

  it.each([
    [{ amount: "5.00", payee: "bob" }, "ALLOW"],
    [{ amount: "250.00", payee: "bob" }, "CHALLENGE_REQUIRED"],
    [{ amount: "25000", payee: "bob" }, "REVIEW_REQUIRED"],
    [{ amount: "5.00", payee: "mallory" }, "BLOCK"],
  ] as const)("decides %j as %s", async (custom, state) => {
    const { engine } = createHarness();
    await expect(track(engine, "alice", "withdraw-funds", { custom })).resolves.toMatchObject({ state });
  });
});
