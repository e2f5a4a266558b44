import { createScriptedProvider } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import { ProviderError } from "../src/provider.ts";
import { createHarness, earnReview, earnToken, type Harness } from "./harness.ts";

/** The reason in the event of a refusal; the reply is the same for all of them (T44). */
async function reasonOf(harness: Harness, refuse: () => Promise<unknown>): Promise<unknown> {
  harness.events.length = 0;
  await refuse();
  const refusal = harness.events.at(-1);
  expect(refusal).toMatchObject({ type: "refusal", code: "action_token_invalid" });
  return (refusal as { readonly reason?: string }).reason;
}

describe("C62: a token that is not for this request", () => {
  it("of another session: says to look at session", async () => {
    const harness = createHarness({ session: ({ session }) => session });
    const route = harness.route();
    const token = await earnToken(harness, route, { user: "alice", session: "s1" });
    expect(await reasonOf(harness, () => route({ user: "alice", session: "s2", token }))).toBe(
      "the seal is forged, or of another session or seal secret; session must return the same id for both requests",
    );
  });

  it("asked for before sessions were bound: says so", async () => {
    const before = createHarness();
    const token = await earnToken(before, before.route());
    const after = createHarness({ provider: before.provider, session: () => "s1" });
    expect(await reasonOf(after, () => after.route()({ token }))).toBe("the seal was made without a session");
  });

  it("of another seal secret: leaves nothing else", async () => {
    const before = createHarness();
    const token = await earnToken(before, before.route());
    const after = createHarness({
      provider: before.provider,
      sealSecrets: ["another secret of more than thirty-two bytes"],
    });
    expect(await reasonOf(after, () => after.route()({ token }))).toBe("the seal is forged, or of another seal secret");
  });

  it("of another action of the guard: names it", async () => {
    const harness = createHarness();
    const [one, other] = [harness.route({}, "withdraw-funds"), harness.route({}, "close-account")];
    const key = await earnReview(harness, one);
    expect(await reasonOf(harness, () => other({ token: key }))).toBe("the seal is for the action withdraw-funds");
  });

  it("of another user: leaves user, action and secret", async () => {
    const harness = createHarness();
    const route = harness.route();
    const key = await earnReview(harness, route, { user: "alice" });
    expect(await reasonOf(harness, () => route({ user: "mallory", token: key }))).toBe(
      "the seal is forged, or of another user or action or seal secret",
    );
  });

  it("of the fallback, by a token that the guard's own provider knows: names the provider", async () => {
    const fallback = Object.assign(createScriptedProvider(), { name: "standby" });
    const harness = createHarness({ onUnavailable: { provider: fallback } });
    const route = harness.route();
    harness.provider.override("track", () => Promise.reject(new ProviderError("provider_unavailable", "503")));
    const key = await earnReview({ ...harness, provider: fallback }, route);
    harness.provider.override("validateChallenge", ({ userId, action }) => ({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      userId,
      action,
      idempotencyKey: key,
    }));
    expect(await reasonOf(harness, () => route({ token: "token" }))).toBe(
      "the seal is for another provider of this guard",
    );
  });
});
