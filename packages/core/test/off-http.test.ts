import { describe, expect, it, vi } from "vitest";
import { createScriptedProvider } from "@require-action/testing";
import type { ApprovedAction, GuardOptions } from "../src/index.ts";
import type { ActionCall, RunResult } from "../src/off-http.ts";
import { createGuard, createMemoryLedger, RequireActionError } from "../src/index.ts";
import { approvedOf, type Ask, createHarness, earnToken, type Harness, SECRET, WITHDRAWAL } from "./harness.ts";

const ACTION = "withdraw-funds";
const CALL: ActionCall = { user: "alice", bound: WITHDRAWAL };

/** Runs the withdrawal, and tells whether the work was done. */
async function run(harness: Harness, call: Partial<ActionCall> = {}): Promise<RunResult<number> & { runs: number }> {
  let runs = 0;
  const result = await harness.guard.run(ACTION, { ...CALL, ...call }, () => ++runs);
  return { ...result, runs };
}

async function approvedToken(harness: Harness, call: Partial<ActionCall> = {}): Promise<string> {
  harness.provider.answerNext("CHALLENGE_REQUIRED");
  const result = await run(harness, call);
  if (result.kind !== "challenge_required") throw new Error(result.kind);
  return harness.provider.completeChallenge(result.token!);
}

describe("off HTTP, a call", () => {
  it("that is allowed does its work, and answers with what that answers", async () => {
    const { guard } = createHarness();
    const result = await guard.run(ACTION, CALL, async (approved) => approved.bound?.["amount"]);
    expect(result).toMatchObject({ kind: "done", value: "10.00", approved: { ground: "allowed", userId: "alice" } });
  });

  it("that needs a challenge is told everything that a client is", async () => {
    const harness = createHarness();
    harness.provider.answerNext({ state: "CHALLENGE_REQUIRED", allowedVerificationMethods: ["PASSKEY"] });
    expect(await run(harness)).toEqual({
      kind: "challenge_required",
      message: expect.any(String),
      action: ACTION,
      token: expect.any(String),
      url: expect.any(String),
      idempotencyKey: expect.stringMatching(/^ra1_/),
      expiresAt: expect.any(String),
      verificationMethods: ["PASSKEY"],
      bound: WITHDRAWAL,
      runs: 0,
    });
  });

  it.each([
    ["REVIEW_REQUIRED", { kind: "review_required", retryAfterSeconds: 30, runs: 0 }],
    ["BLOCK", { kind: "refused", code: "action_blocked", status: 403, details: { id: expect.any(String) }, runs: 0 }],
  ] as const)("that is answered %s does no work", async (state, expected) => {
    const harness = createHarness();
    harness.provider.answerNext(state);
    expect(await run(harness)).toMatchObject(expected);
  });

  it("passes a guard that was told of no user, as each call says who asks", async () => {
    const guard = createGuard({
      provider: createScriptedProvider(),
      sealSecrets: [SECRET],
      ledger: createMemoryLedger(),
    });
    expect(await guard.run(ACTION, CALL, ({ userId }) => userId)).toMatchObject({ kind: "done", value: "alice" });
    expect(await guard.run(ACTION, { ...CALL, user: undefined }, () => 1)).toMatchObject({
      kind: "refused",
      code: "authentication_required",
    });
  });

  it("whose bound fields are read from input is refused where they cannot be", async () => {
    const { guard, provider } = createHarness();
    const read = (input: any) => () => ({ amount: input.withdrawal.amount as string });
    const result = await guard.run(
      ACTION,
      { ...CALL, bound: read({ withdrawal: { amount: "1" } }) },
      ({ bound }) => bound,
    );
    expect(result).toMatchObject({ kind: "done", value: { amount: "1" } });
    const refused = { kind: "refused", code: "request_unresolvable", status: 400 };
    expect(await guard.run(ACTION, { ...CALL, bound: read(null) }, () => 1)).toMatchObject(refused);
    expect(await guard.run(ACTION, { ...CALL, bound: () => "none" }, () => 1)).toMatchObject(refused);
    expect(provider.calls).toHaveLength(1);
  });

  it("of a user without an authenticator is told to enroll", async () => {
    const harness = createHarness();
    harness.provider.answerNext({ state: "CHALLENGE_REQUIRED", isEnrolled: false });
    expect(await run(harness)).toMatchObject({ kind: "enrollment_required", action: ACTION, runs: 0 });
  });

  it("T5: goes through once for one approval", async () => {
    const harness = createHarness();
    const token = await approvedToken(harness);
    const results = await Promise.all(Array.from({ length: 50 }, () => run(harness, { token })));
    expect(results.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect(results.filter((result) => result.kind === "refused" && result.code === "action_token_used")).toHaveLength(
      49,
    );
  });

  it("T4, T1: is what was approved, for whom", async () => {
    const harness = createHarness();
    const token = await approvedToken(harness);
    const changes: [Partial<ActionCall>, string][] = [
      [{ bound: { ...WITHDRAWAL, amount: "10" } }, "action_parameters_changed"],
      [{ bound: "none" }, "action_parameters_changed"],
      [{ user: "mallory" }, "action_token_invalid"],
      [{ session: "another" }, "action_token_invalid"],
    ];
    for (const [change, code] of changes)
      expect(await run(harness, { token, ...change })).toMatchObject({ code, runs: 0 });
    expect(await run(harness, { token })).toMatchObject({ kind: "done", runs: 1 });
  });

  it("may use an approval that was earned on a route with the same fields, and not one for a whole request", async () => {
    const harness = createHarness();
    const fields = harness.route({ bind: ({ body }) => body });
    expect(await run(harness, { token: await earnToken(harness, fields) })).toMatchObject({ kind: "done" });
    const whole = harness.route();
    expect(await run(harness, { token: await earnToken(harness, whole) })).toMatchObject({
      code: "action_parameters_changed",
    });
  });

  it.each([
    ["nobody", { user: null }, "authentication_required", 401],
    ["a user who is none", { user: "a\u0000b" }, "user_id_invalid", 400],
    ["a missing field", { bound: { amount: undefined } }, "bound_field_missing", 400],
    ["money as a float", { bound: { amount: 0.1 } }, "bound_field_invalid", 400],
    ["an empty token", { token: "" }, "action_token_malformed", 400],
    ["a token that is no text", { token: 7 as never }, "action_token_malformed", 400],
    ["an origin that is not the application's", { redirectUrl: "https://evil.example" }, "request_unresolvable", 400],
    ["a missing session, where one is told", { session: null }, "authentication_required", 401],
  ])("with %s is refused as a request would be", async (_name, call, code, status) => {
    expect(await run(createHarness(), call)).toMatchObject({ kind: "refused", code, status, runs: 0 });
  });

  it("that says nothing about what is bound is the application's fault", async () => {
    const fault = run(createHarness(), { bound: undefined as never });
    await expect(fault).rejects.toMatchObject({ code: "resolver_failed" });
  });

  it.each([{}, [], null])("that binds no field (%j) is refused", async (bound) => {
    expect(await run(createHarness(), { bound: bound as never })).toMatchObject({
      code: "request_unresolvable",
      runs: 0,
    });
  });

  it("must tell the session where routes must", async () => {
    const harness = createHarness({ session: ({ session }) => session });
    expect(await run(harness)).toMatchObject({ code: "authentication_required" });
    const token = await approvedToken(harness, { session: "mine" });
    expect(await run(harness, { token, session: "other" })).toMatchObject({ code: "action_token_invalid" });
    expect(await run(harness, { token, session: "mine" })).toMatchObject({ kind: "done" });
  });

  it("tells the provider what it knows of the client, and the bound fields", async () => {
    const harness = createHarness({ redirectOrigins: ["https://app.example.com"] });
    await run(harness, {
      clientContext: { ipAddress: "203.0.113.9", deviceId: "d1" },
      attributes: { email: "alice@example.com", custom: { channel: "agent" } },
      redirectUrl: "https://app.example.com/back",
    });
    expect(harness.provider.calls[0]?.request).toMatchObject({
      attributes: {
        ipAddress: "203.0.113.9",
        deviceId: "d1",
        email: "alice@example.com",
        redirectUrl: "https://app.example.com/back",
        custom: { ...WITHDRAWAL, channel: "agent" },
      },
    });
  });

  it("whose work throws, throws that, and its approval stays used", async () => {
    const harness = createHarness();
    const token = await approvedToken(harness);
    const failing = harness.guard.run(ACTION, { ...CALL, token }, () => {
      throw new RangeError("no funds");
    });
    await expect(failing).rejects.toThrow(new RangeError("no funds"));
    expect(await run(harness, { token })).toMatchObject({ code: "action_token_used" });
  });

  it("F19: whose work gives the approval back may be made again", async () => {
    const harness = createHarness();
    const token = await approvedToken(harness);
    await harness.guard.run(ACTION, { ...CALL, token }, (approved) => approved.release());
    expect(await run(harness, { token })).toMatchObject({ kind: "done" });
  });

  it("F21: that nobody waits for any more keeps its approval", async () => {
    const harness = createHarness();
    const token = await approvedToken(harness);
    expect(await run(harness, { token, signal: AbortSignal.abort() })).toMatchObject({ code: "client_disconnected" });
    expect(await run(harness, { token })).toMatchObject({ kind: "done" });
  });

  it("T40: is judged by the options as they were when the guard was made, whatever is done to them or to Object.prototype", async () => {
    const provider = createScriptedProvider();
    provider.answer("BLOCK");
    const options: GuardOptions<object> = {
      provider,
      user: () => "alice",
      sealSecrets: [SECRET],
      ledger: createMemoryLedger(),
    };
    const guard = createGuard(options);
    Object.assign(options, { observe: true });
    await expect(guard.run(ACTION, CALL, () => "ran")).resolves.toMatchObject({ kind: "refused" });
    const ran = vi.fn<() => void>();
    const polluted = Object.prototype as { observe?: boolean };
    polluted.observe = true;
    try {
      // The schema library stumbles over it, which refuses too.
      await guard.run(ACTION, CALL, ran).catch(() => {});
    } finally {
      delete polluted.observe;
    }
    expect(ran).not.toHaveBeenCalled();
  });

  it("without work is a mistake, and uses nothing up", async () => {
    const harness = createHarness();
    const token = await approvedToken(harness);
    await expect(harness.guard.run(ACTION, { ...CALL, token }, undefined as never)).rejects.toMatchObject({
      option: "work",
    });
    expect(await run(harness, { token })).toMatchObject({ kind: "done" });
  });

  it("made twice with one object is two calls", async () => {
    const harness = createHarness();
    const call = { ...CALL, token: await approvedToken(harness) };
    const kinds: string[] = [];
    for (let time = 0; time < 2; time++) kinds.push((await harness.guard.run(ACTION, call, () => {})).kind);
    expect(kinds).toEqual(["done", "refused"]);
  });

  it("answers a challenge alike whatever the guard's profile is", async () => {
    const harness = createHarness({ profile: "rfc9470" });
    harness.provider.answerNext("CHALLENGE_REQUIRED");
    expect(await run(harness)).toMatchObject({ kind: "challenge_required" });
  });
});

describe("off HTTP, an action", () => {
  it.each([
    ["bind", () => ({}), "is for routes: off HTTP, each call passes it"],
    ["redirectUrl", "https://bank.example/", "is for routes: off HTTP, each call passes it"],
    ["releaseOn", [422], "is for routes"],
    ["respond", () => ({ body: "" }), "is for routes"],
  ])("takes no %s", (option, value, problem) => {
    expect(() => createHarness().guard.action(ACTION, { [option]: value })).toThrow(
      expect.objectContaining({ option, problem }),
    );
  });

  it("takes a route's options", async () => {
    const harness = createHarness();
    const strict = harness.guard.action(ACTION, { verificationMethods: ["PASSKEY"], onUnavailable: "allow" });
    const token = await approvedToken(harness);
    expect(await strict.run({ ...CALL, token }, () => {})).toMatchObject({
      code: "verification_method_insufficient",
      details: { verificationMethods: ["PASSKEY"] },
    });
    harness.provider.override("track", () => Promise.reject(new Error("down")));
    expect(await strict.run(CALL, ({ failedOpen }) => failedOpen)).toMatchObject({ kind: "done", value: true });
  });

  it("F18: may leave the claim to its work, and reports work that does not claim", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    const harness = createHarness({ claim: "handler" });
    const ledger = createMemoryLedger({ clock: harness.clock });
    const token = await approvedToken(harness);
    const claiming = (approved: ApprovedAction): Promise<void> => approved.claim(ledger);
    expect((await harness.guard.run(ACTION, { ...CALL, token }, claiming)).kind).toBe("done");
    await expect(harness.guard.run(ACTION, { ...CALL, token }, claiming)).rejects.toMatchObject({ status: 409 });
    expect(harness.events.some(({ type }) => type === "unclaimed")).toBe(false);
    await harness.guard.run(ACTION, { ...CALL, token: await approvedToken(harness) }, () => {});
    expect(harness.events.some(({ type }) => type === "unclaimed")).toBe(true);
    expect(warned).toHaveBeenCalledOnce();
    warned.mockRestore();
  });

  it("F18: may be carried out by a job, with what was approved on a route that leaves the claim to it", async () => {
    const harness = createHarness({ claim: "handler" });
    const ledger = createMemoryLedger({ clock: harness.clock });
    const route = harness.route({ bind: ({ body }) => body });
    const token = await earnToken(harness, route);
    const ends: NonNullable<Ask["ends"]> = [];
    await approvedOf(await route({ token, ends })).release();
    for (const tell of ends) tell(202);
    const job = (): Promise<RunResult<void>> =>
      harness.guard.run(ACTION, { ...CALL, token }, (approved) => approved.claim(ledger));
    expect((await job()).kind).toBe("done");
    await expect(job()).rejects.toMatchObject({ code: "action_token_used" });
    expect(harness.events.some(({ type }) => type === "unclaimed")).toBe(false);
  });

  it("refuses a name and options that a route would refuse", () => {
    const { guard } = createHarness();
    expect(() => guard.action("withdraw funds")).toThrow(RequireActionError);
    expect(() => guard.action(ACTION, { maxAge: 0 })).toThrow(expect.objectContaining({ option: "maxAge" }));
    expect(() => guard.action(ACTION, { bind: "none" } as never)).toThrow(expect.objectContaining({ option: "bind" }));
  });

  it("shares its approvals with the route of its name", async () => {
    const harness = createHarness();
    const route = harness.route({ bind: ({ body }) => body });
    const token = await approvedToken(harness);
    expect(approvedOf(await route({ token })).ground).toBe("challenge");
    expect(await run(harness, { token })).toMatchObject({ code: "action_token_used" });
  });

  it("of a name that is claimed in another way elsewhere is rejected, not thrown at", async () => {
    const harness = createHarness();
    harness.route({ claim: "handler" });
    await expect(harness.guard.run(ACTION, CALL, () => {})).rejects.toMatchObject({ option: "claim" });
  });
});
