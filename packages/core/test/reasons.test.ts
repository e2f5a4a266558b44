import { describe, expect, it } from "vitest";
import { type ActionOptions, RequireActionError } from "../src/index.ts";
import type { ActionState } from "../src/provider.ts";
import { bodyOf, createHarness, earnToken, type Harness, lastKey, type Native, type Route } from "./harness.ts";

/** Sends a request that ends in a refusal, by whatever it takes to get there. */
type Play = (harness: Harness, route: Route) => Promise<unknown>;

/** The provider says of any token that it belongs to this request, and differs in what is given. */
function vouch({ provider }: Harness, answer: object): void {
  provider.override("validateChallenge", ({ userId, action }) => ({ isValid: true, userId, action, ...answer }));
}

const inState =
  (state: ActionState): Play =>
  async (harness, route) => {
    await route();
    vouch(harness, { state, idempotencyKey: lastKey(harness) });
    return route({ token: "t" });
  };

const decided =
  (state: "ALLOW" | "BLOCK" | "REVIEW_REQUIRED", isEnrolled = true, options: ActionOptions<Native> = {}): Play =>
  async ({ provider, route }) => {
    provider.answerNext({ state, isEnrolled });
    return route(options)();
  };

const after =
  (ms: number): Play =>
  async (harness, route) => {
    const token = await earnToken(harness, route);
    if (ms < 0) harness.clock.setBack(-ms);
    else harness.clock.advance(ms);
    return route({ token });
  };

const bound =
  (fields: unknown): Play =>
  ({ route }) =>
    route({ bind: () => fields as never })();

const sent =
  (body: unknown): Play =>
  (_harness, route) =>
    route({ body });

function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

// What the client is told is the same for many of these: here is what the operator learns.
describe("the reason of a refusal", () => {
  it.each<readonly [reason: string, Play]>([
    ["the provider decided BLOCK", decided("BLOCK")],
    ["the provider decided REVIEW", decided("REVIEW_REQUIRED")],
    ["the user is not enrolled", decided("ALLOW", false, { onNotEnrolled: "block" })],
    ["the challenge is still open", inState("CHALLENGE_REQUIRED")],
    ["the challenge failed", inState("CHALLENGE_FAILED")],
    ["the review is still open", inState("REVIEW_REQUIRED")],
    ["the reviewer rejected the action", inState("REVIEW_FAILED")],
    ["the action was blocked", inState("BLOCK")],
    ["the action was allowed without a challenge, so there is no approval", inState("ALLOW")],
    [
      "a sealed key resumes reviews only: the challenge's result went to the browser that completed it",
      async (harness, route) => {
        await earnToken(harness, route);
        return route({ token: lastKey(harness) });
      },
    ],
    ["the seal is from the future", after(-5_001)],
    ["the approval is older than its action allows", after(600_000)],
    [
      "the request differs from the one approved",
      async (harness, route) => route({ token: await earnToken(harness, route), body: { amount: "9" } }),
    ],
    [
      "verified by a method that the action does not accept",
      async (harness) => {
        const route = harness.route({ verificationMethods: ["PASSKEY"] });
        return route({ token: await earnToken(harness, route, {}, "SMS") });
      },
    ],
    [
      "the client disconnected, or received another response, before its action could run",
      async (harness, route) => route({ token: await earnToken(harness, route), closed: true }),
    ],
    [
      "the provider does not know the action",
      async (harness, route) => {
        await route();
        harness.provider.override("getAction", () => undefined);
        return route({ token: lastKey(harness) });
      },
    ],
    [
      "the provider says that the token has expired",
      async (harness, route) => {
        harness.provider.override("validateChallenge", () => ({ isValid: false, error: "expired_token" }));
        return route({ token: "t" });
      },
    ],
    [
      "the token is another user's",
      async (harness, route) => {
        vouch(harness, { userId: "mallory" });
        return route({ token: "t" });
      },
    ],
    [
      "the token is for another action",
      async (harness, route) => {
        vouch(harness, { action: "close-account" });
        return route({ token: "t" });
      },
    ],
    [
      "the provider's answer lacks the key or the state",
      async (harness, route) => {
        vouch(harness, {});
        return route({ token: "t" });
      },
    ],
    ...(["CHALLENGE_SUCCEEDED", "REVIEW_SUCCEEDED"] as const).map(
      (state) =>
        [
          "the provider says that the token is not valid",
          async (harness: Harness, route: Route) => {
            await route();
            vouch(harness, { isValid: false, state, idempotencyKey: lastKey(harness) });
            return route({ token: "t" });
          },
        ] as const,
    ),
    ["bind returned something other than a record of fields", bound(null)],
    ["bind returned something other than a record of fields", bound(["10.00"])],
    ['bind returned no field; say bind: "none" if nothing is to be bound', bound({})],
    ["more than 100 bound fields", bound(Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`f${at}`, 1])))],
    ["bound fields of more than 16384 characters", bound({ text: "a".repeat(16_384) })],
    ["a bound field's name is not an identifier", bound({ "a b": 1 })],
    ["bound field amount is missing", bound({ amount: null })],
    ["bound field amount has an unbindable value", bound({ amount: 1.5 })],
    ["the request holds values nested deeper than 64 levels", sent(nested(66))],
    ["the request holds more than 100000 values", sent(Array.from({ length: 100_000 }, () => 0))],
    ["the request holds a value that is not JSON (bigint)", sent({ amount: 1n })],
    ["the request holds an object that is not plain", sent({ at: new Date(0) })],
    ["the request holds a __proto__ key", sent(JSON.parse('{"a":{"__proto__":1}}'))],
    ["the request holds a lone surrogate", sent({ note: "\ud800" })],
    ["the request holds a number that loses precision or is not finite", sent({ amount: 2 ** 53 })],
  ])("%s", async (reason, play) => {
    const harness = createHarness();
    const verdict = await play(harness, harness.route());
    expect(harness.events.at(-1)).toMatchObject({ type: "refusal", reason });
    expect(JSON.stringify(verdict)).not.toContain(reason);
  });
});

describe("the reason of a fault", () => {
  it("is that bind returned nothing", async () => {
    const answered = createHarness().route({ bind: () => undefined as never })();
    const detail = "bind returned nothing; it must return a record of fields";
    await expect(answered).rejects.toThrow(new RequireActionError("resolver_failed", { detail }));
  });

  it("is the application's own error, where reading the parsed body throws", async () => {
    const cause = new RangeError("a getter of the parser's");
    const body = {
      get amount(): string {
        throw cause;
      },
    };
    const answered = createHarness().route()({ body });
    await expect(answered).rejects.toMatchObject({ code: "resolver_failed", cause });
  });
});

describe("the id of an action that was blocked", () => {
  it.each<readonly [string, Play]>([
    ["by the provider", decided("BLOCK")],
    ["as its user is not enrolled", decided("ALLOW", false, { onNotEnrolled: "block" })],
    ["after its challenge", inState("BLOCK")],
  ])("%s is told to the client, as in the events", async (_how, play) => {
    const harness = createHarness();
    const verdict = await play(harness, harness.route());
    const { actionId } = harness.events.at(-1) as { actionId?: string };
    expect(actionId).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(bodyOf(verdict as Awaited<ReturnType<Route>>)["id"]).toBe(actionId);
  });
});
