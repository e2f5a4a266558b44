import { describe, expect, it } from "vitest";
import { approvedAction, assertActionPassed, RequireActionError } from "../src/index.ts";
import { declareAction } from "../src/adapter.ts";
import { ProviderError } from "../src/provider.ts";
import { approvedOf, createHarness, earnToken, guardRequest, type Native, SECRET, summaryOf } from "./harness.ts";

const native = (): Native => ({ user: "alice", body: { amount: "10.00" } });

describe("an approval", () => {
  it.each([
    ["observes", { observe: true }],
    ["is not required", { when: () => false }],
  ] as const)(
    "T5: is not replaced by what passed another guard of its action that %s, also of another provider",
    async (_does, weaker) => {
      const harness = createHarness({ claim: "handler" });
      const route = harness.route();
      const token = await earnToken(harness, route);
      const { native } = guardRequest({ token });
      await route({ native, token });
      const { observe = false } = weaker as { observe?: boolean };
      const other = createHarness(observe ? {} : { claim: "handler" });
      await other.route(weaker)({ native, token });
      expect(approvedAction(native, "withdraw-funds")).toMatchObject({ ground: "challenge" });
    },
  );

  it.each([
    ["is released", {}],
    ["comes too late", { closed: true }],
  ])("T5: is not forgotten when what passed another guard of its action without one %s", async (_how, ask) => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    const { native } = guardRequest({ token });
    await route({ native, token });
    const verdict = await harness.route({ when: () => false })({ native, token, ...ask });
    if (verdict.kind === "proceed") await verdict.approved.release();
    expect(approvedAction(native, "withdraw-funds")).toMatchObject({ ground: "challenge" });
  });

  it("T5: comes first where no action is named, before what needed none", async () => {
    const harness = createHarness();
    const token = await earnToken(harness, harness.route());
    const { native } = guardRequest({ token });
    await harness.route({ observe: true }, "withdraw-funds-watched")({ native });
    expect(approvedAction(native)).toMatchObject({ ground: "allowed" });
    await harness.route()({ native, token });
    expect(approvedAction(native)).toMatchObject({ ground: "challenge", action: "withdraw-funds" });
    await harness.route({}, "another")({ native });
    expect(approvedAction(native)).toMatchObject({ ground: "challenge" });
  });
});

describe("the approved action of a request", () => {
  it("is known once its guard let it pass, and not before", async () => {
    const { guard } = createHarness();
    const req = native();
    expect(approvedAction(req)).toBeUndefined();
    const verdict = await guard.protect("withdraw-funds")(guardRequest({ native: req }));
    expect(approvedAction(req)).toBe(approvedOf(verdict));
    expect(approvedAction(req, "withdraw-funds")).toBe(approvedOf(verdict));
    expect(assertActionPassed(req, "withdraw-funds")).toBe(approvedOf(verdict));
  });

  it("is not known to another request, another action, or after a refusal", async () => {
    const { guard, provider } = createHarness();
    const [passed, blocked] = [native(), native()];
    await guard.protect("withdraw-funds")(guardRequest({ native: passed }));
    provider.answer("BLOCK");
    await guard.protect("withdraw-funds")(guardRequest({ native: blocked }));
    expect(approvedAction(passed, "close-account")).toBeUndefined();
    expect(approvedAction(blocked)).toBeUndefined();
    expect(approvedAction({ ...passed })).toBeUndefined();
    expect(() => assertActionPassed(passed, "withdraw")).toThrow(RequireActionError);
  });

  it("T14: cannot be forged by anything that a request carries", async () => {
    const approved = { action: "withdraw-funds", ground: "allowed" };
    const req = { ...native(), approvedAction: approved, approved, actions: new Map([["withdraw-funds", approved]]) };
    expect(approvedAction(req)).toBeUndefined();
    expect(() => assertActionPassed(req, "withdraw-funds")).toThrow(
      expect.objectContaining({ code: "action_not_passed" }),
    );
  });

  it("is one of several with several guards on a route", async () => {
    const { guard } = createHarness();
    const req = native();
    for (const action of ["withdraw-funds", "toString", "__proto__"]) {
      await guard.protect(action)(guardRequest({ native: req }));
    }
    expect(approvedAction(req)?.action).toBe("withdraw-funds");
    for (const action of ["toString", "__proto__"]) expect(assertActionPassed(req, action).action).toBe(action);
    expect(approvedAction(req, "constructor")).toBeUndefined();
  });

  it("is given back with its approval", async () => {
    const harness = createHarness();
    const token = await earnToken(harness, harness.route());
    const request = guardRequest({ token });
    const approved = approvedOf(await harness.guard.protect("withdraw-funds")(request));
    await approved.release();
    expect(approvedAction(request.native)).toBeUndefined();
  });

  it("is given back where there was no approval to use, too", async () => {
    const harness = createHarness();
    const request = guardRequest();
    await approvedOf(await harness.guard.protect("withdraw-funds")(request)).release();
    expect(() => assertActionPassed(request.native, "withdraw-funds")).toThrow(RequireActionError);
  });

  it("is frozen, and holds neither token, key nor secret", async () => {
    const harness = createHarness();
    const token = await earnToken(harness, harness.route());
    const approved = approvedOf(await harness.route()({ token }));
    expect(Object.isFrozen(approved)).toBe(true);
    const text = JSON.stringify(approved);
    for (const secret of [token, SECRET, "ra1_"]) expect(text).not.toContain(secret);
  });

  it("says where it was asked for in vain, and what to do", () => {
    expect(() => assertActionPassed({}, "withdraw-funds")).toThrow(
      "action_not_passed: withdraw-funds has not passed on this request; mount requireAction in front of the handler",
    );
  });
});

describe("approved of a guard", () => {
  it("is the approved action of its own guard, with what bind returned", async () => {
    const { guard } = createHarness();
    const req = native();
    const amount = guard.protect("withdraw-funds", { bind: ({ body }) => ({ amount: String(body.amount) }) });
    const verdict = await amount(guardRequest({ native: req }));
    expect(amount.approved(req)).toBe(approvedOf(verdict));
    expect(amount.approved(req).bound).toEqual({ amount: "10.00" });
  });

  it("throws where nothing has passed, or only another guard has", async () => {
    const { guard } = createHarness();
    const req = native();
    const [withdrawal, again] = [guard.protect("withdraw-funds"), guard.protect("withdraw-funds")];
    const notPassed =
      "action_not_passed: withdraw-funds has not passed on this request; mount requireAction in front of the handler";
    expect(() => withdrawal.approved(req)).toThrow(notPassed);
    await guard.protect("pay")(guardRequest({ native: req }));
    expect(() => withdrawal.approved(req)).toThrow(notPassed);
    await again(guardRequest({ native: req }));
    expect(() => withdrawal.approved(req)).toThrow(
      "action_not_passed: withdraw-funds has passed on this request behind another guard; call approved of the guard on this route",
    );
    expect(again.approved(req).action).toBe("withdraw-funds");
  });

  it("stays an approval when its guard lets the request pass again without one", async () => {
    const harness = createHarness();
    let required = true;
    const withdrawal = harness.guard.protect("withdraw-funds", { when: () => required });
    const token = await earnToken(harness, harness.route());
    const { native: req } = guardRequest({ token });
    await withdrawal(guardRequest({ native: req, token }));
    required = false;
    await withdrawal(guardRequest({ native: req, token }));
    expect(withdrawal.approved(req).ground).toBe("challenge");
  });

  it("reads of every guard that a declaration made", async () => {
    const declaration = declareAction("withdraw-funds", {
      bind: ({ body }: Native) => ({ amount: String(body.amount) }),
    });
    for (const { guard } of [createHarness(), createHarness()]) {
      const req = native();
      await guard.protect(declaration)(guardRequest({ native: req }));
      expect(declaration.approved(req).bound).toEqual({ amount: "10.00" });
    }
    expect(() => declaration.approved(native())).toThrow(RequireActionError);
    expect(() => createHarness().guard.protect(declareAction("no action"))).toThrow("action: must be 1 to 64");
  });
});

describe("50 requests at once", () => {
  it("each see their own approval", async () => {
    const { guard, provider } = createHarness();
    provider.override("track", async (request) => {
      await new Promise(setImmediate);
      const { attributes } = request as { attributes: { idempotencyKey: string } };
      return { state: "ALLOW", isEnrolled: true, idempotencyKey: attributes.idempotencyKey };
    });
    const protect = guard.protect("withdraw-funds");
    const requests = Array.from({ length: 50 }, (_, index) =>
      guardRequest({ native: { user: `user-${index}`, body: {} } }),
    );
    await Promise.all(requests.map(protect));
    const users = requests.map(({ native: req }) => approvedAction(req)?.userId);
    expect(users).toEqual(requests.map((_, index) => `user-${index}`));
  });
});

describe("observe", () => {
  it("hands the bound fields to the handler, also where it would have stopped", async () => {
    const harness = createHarness();
    harness.provider.answer("BLOCK");
    const approved = approvedOf(await harness.route({ observe: true, bind: () => ({ amount: "1.00" }) })());
    expect(approved).toMatchObject({ ground: "observed", binding: "fields", bound: { amount: "1.00" } });
  });

  it.each(["CHALLENGE_REQUIRED", "REVIEW_REQUIRED", "BLOCK"] as const)("lets %s through, visibly", async (state) => {
    const harness = createHarness();
    harness.provider.answer(state);
    const approved = approvedOf(await harness.route({ observe: true })());
    expect(approved).toMatchObject({ ground: "observed", failedOpen: false, userId: "alice" });
    expect(harness.events.map(({ type }) => type)).toEqual(["call", "decision", "refusal", "proceed"]);
    expect(harness.events.every((event) => "observed" in event && event.observed)).toBe(true);
    expect(harness.events.at(-1)).toMatchObject({ ground: "observed", actionId: approved.actionId });
  });

  it("tells what would have been answered", async () => {
    const harness = createHarness();
    harness.provider.answer("BLOCK");
    await harness.route({ observe: true })();
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: "refusal", code: "action_blocked", status: 403 }),
    );
  });

  it("calls what is allowed allowed", async () => {
    expect(approvedOf(await createHarness().route({ observe: true })()).ground).toBe("allowed");
  });

  it.each<readonly [string, Parameters<ReturnType<typeof createHarness>["route"]>[0], object]>([
    ["nobody is signed in", {}, { user: undefined }],
    ["the user's id is odd", {}, { user: ["alice"] }],
    ["a resolver throws", { bind: () => Promise.reject(new Error("boom")) }, {}],
    ["the user resolver throws", { user: () => Promise.reject(new Error("boom")) }, {}],
    ["the body was not parsed", {}, { body: undefined, sent: true, read: false }],
    ["the token is malformed, as nobody asked for one", {}, { token: "a, b" }],
  ])("lets a request through although %s", async (_name, options, ask) => {
    const approved = approvedOf(await createHarness().route({ ...options, observe: true })(ask));
    expect(["observed", "allowed"]).toContain(approved.ground);
  });

  it("F1: lets a request through although the provider is down, after its deadline", async () => {
    const harness = createHarness({ deadlineMs: { decision: 20 } });
    harness.provider.override("track", () => new Promise(() => {}));
    expect(approvedOf(await harness.route({ observe: true })()).ground).toBe("observed");
    harness.provider.override("track", () => Promise.reject(new ProviderError("provider_unavailable", "down")));
    expect(approvedOf(await harness.route({ observe: true })()).ground).toBe("observed");
  });

  it("uses up no approval and asks for no token", async () => {
    const harness = createHarness();
    const [watched, guarded] = [harness.route({ observe: true }), harness.route()];
    const token = await earnToken(harness, guarded);
    await watched({ token });
    expect(harness.events.some(({ type }) => type === "claim")).toBe(false);
    expect(summaryOf(await guarded({ token }))).toBe("proceed");
  });

  it("of one route loosens no other", async () => {
    const harness = createHarness();
    harness.provider.answer("BLOCK");
    harness.route({ observe: true });
    expect(summaryOf(await harness.route()())).toBe("403 action_blocked");
  });
});
