import { ConfigurationError, createGuard } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { approvedAction, createRequireAction, toResponse } from "../src/index.ts";
import { codeOf, createTestAction, createTestGuard, JSON_HEADERS, post } from "./app.ts";

const bind = () => ({ amount: "1" });

describe("a guarded handler", () => {
  it("receives what was approved, the request, and whatever else its platform hands over", async () => {
    const { requireAction } = createTestAction();
    const handler = requireAction.guarded(
      "withdraw-funds",
      { bind },
      (approved, request, { account }: { account: string }) =>
        Response.json([approved.bound, approvedAction(request) === approved, account]),
    );
    expect(await (await handler(post(), { account: "savings" })).json()).toEqual([{ amount: "1" }, true, "savings"]);
  });

  it("does not run where the action does not pass", async () => {
    const { provider, requireAction } = createTestAction();
    provider.answer("BLOCK");
    let runs = 0;
    const handler = requireAction.guarded("withdraw-funds", { bind }, () => new Response(String(++runs)));
    const response = await handler(post());
    expect(response.status).toBe(403);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await codeOf(response)).toBe("action_blocked");
    expect(runs).toBe(0);
  });

  it("answers 409 where its own claim is refused", async () => {
    const { options, provider, requireAction } = createTestAction({ claim: "handler" });
    const handler = requireAction.guarded("withdraw-funds", { bind }, async (approved) => {
      await approved.claim(options.ledger!);
      return new Response("done");
    });
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await handler(post())).json()) as { token: string };
    const headers = { "action-token": provider.completeChallenge(token) };
    expect((await handler(post(undefined, headers))).status).toBe(200);
    expect(await codeOf(handler(post(undefined, headers)))).toBe("action_token_used");
  });

  it("adds its cookie to responses whose headers cannot be changed", async () => {
    const { provider, requireAction } = createTestAction();
    provider.answer({
      state: "ALLOW",
      rememberedDeviceId: "d1",
      deviceSecret: "next.2",
      deviceSecretExpiresAt: Date.UTC(2036, 0, 31),
    });
    provider.rememberDevices();
    const handler = requireAction.guarded("withdraw-funds", { bind }, () => Response.redirect("https://bank.example/"));
    const response = await handler(post(undefined, { cookie: "__Host-require-action-device=first.1" }));
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("https://bank.example/");
    expect(response.headers.getSetCookie()).toEqual([expect.stringContaining("=next.2;")]);
  });

  it.each([
    ["answers", 200],
    ["fails", 500],
  ])("F31: is waited for by a guard that stops, when it %s", async (_how, status) => {
    const { requireAction } = createTestAction();
    let finish = (): void => {};
    let start = (): void => {};
    const started = new Promise<void>((resolve) => (start = resolve));
    const handler = requireAction.guarded("withdraw-funds", { bind }, async () => {
      start();
      await new Promise<void>((resolve) => (finish = resolve));
      if (status === 500) throw new Error("no funds");
      return new Response("done");
    });
    const answer = handler(post()).catch(() => undefined);
    await started;
    let hasStopped = false;
    const stopped = requireAction.guard.stop().finally(() => (hasStopped = true));
    await new Promise(setImmediate);
    expect(hasStopped).toBe(false);
    finish();
    await answer;
    expect(await stopped).toEqual({ left: 0, released: 0 });
  });

  it("F21: does not run for a client that has gone, which may come again", async () => {
    const { provider, requireAction } = createTestAction();
    let runs = 0;
    const handler = requireAction.guarded("withdraw-funds", { bind }, () => Response.json(++runs));
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await handler(post())).json()) as { token: string };
    const headers = { "action-token": provider.completeChallenge(token) };
    const leaving = new AbortController();
    const validate = provider.validateChallenge.bind(provider);
    provider.override("validateChallenge", (request, options) => {
      leaving.abort();
      provider.restore();
      return validate(request as never, options);
    });
    await handler(post(undefined, headers, { signal: leaving.signal }));
    expect(runs).toBe(0);
    expect(await (await handler(post(undefined, headers))).json()).toBe(1);
  });
});

describe("requireAction", () => {
  it("guards a part of a handler, once what is bound is known", async () => {
    const { provider, requireAction } = createTestAction();
    const withdraw = async (request: Request): Promise<Response> => {
      const { amount } = (await request.clone().json()) as { amount: string };
      return requireAction(request, "withdraw-funds", { bind: () => ({ amount }) }, (approved) =>
        Response.json(approved.bound),
      );
    };
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await withdraw(post('{"amount":"1"}', JSON_HEADERS))).json()) as { token: string };
    const headers = { ...JSON_HEADERS, "action-token": provider.completeChallenge(token) };
    expect(await codeOf(withdraw(post('{"amount":"9"}', headers)))).toBe("action_parameters_changed");
    expect(await (await withdraw(post('{"amount":"1"}', headers))).json()).toEqual({ amount: "1" });
    expect(await codeOf(withdraw(post('{"amount":"1"}', headers)))).toBe("action_token_used");
  });

  it("names a wrong option, at the factory and at the action", async () => {
    const { options } = createTestGuard();
    expect(() => createRequireAction(options as never)).toThrow("createRequireAction: user: is required");
    expect(() => createTestAction({ clientAdress: () => "" } as never)).toThrow("did you mean clientAddress?");
    const { requireAction } = createTestAction();
    expect(() => requireAction.guarded("withdraw-funds", { bnd: bind } as never, () => new Response())).toThrow(
      ConfigurationError,
    );
  });
});

describe("the client's address", () => {
  it("is none, whatever a header says, unless the application knows where it is", async () => {
    const { provider, requireAction } = createTestAction();
    const headers = { "x-real-ip": "203.0.113.9", "cf-connecting-ip": "203.0.113.9" };
    await requireAction.guarded("withdraw-funds", { bind }, () => new Response())(post(undefined, headers));
    expect(provider.calls[0]?.request).not.toHaveProperty("attributes.ipAddress");
    const known = createTestAction({
      clientAddress: (request) => request.headers.get("cf-connecting-ip") ?? undefined,
    });
    await known.requireAction.guarded("withdraw-funds", { bind }, () => new Response())(post(undefined, headers));
    expect(known.provider.calls[0]?.request).toHaveProperty("attributes.ipAddress", "203.0.113.9");
  });
});

describe("toResponse", () => {
  const call = { user: "alice", bound: { amount: "1" } };

  it.each(["CHALLENGE_REQUIRED", "REVIEW_REQUIRED", "BLOCK"] as const)(
    "makes of a result off HTTP what a guarded handler answers to %s",
    async (state) => {
      const { provider, options, requireAction } = createTestAction();
      provider.answer(state);
      const handler = requireAction.guarded("withdraw-funds", { bind }, () => new Response());
      const [onRoute, off] = [
        await handler(post()),
        toResponse(await createGuard(options).run("withdraw-funds", call, bind)),
      ];
      expect(off.status).toBe(onRoute.status);
      expect(off.headers.get("content-type")).toBe(onRoute.headers.get("content-type"));
      expect(off.headers.get("retry-after")).toBe(onRoute.headers.get("retry-after"));
      const varying = { idempotencyKey: "", token: "", url: "", id: "", expiresAt: "" };
      const [expected, actual] = [(await onRoute.json()) as object, (await off.json()) as object];
      expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
      expect({ ...actual, ...varying }).toEqual({ ...expected, ...varying });
    },
  );

  it("asks a user without an authenticator to enroll, and a stranger to sign in", async () => {
    const { provider, options } = createTestGuard();
    const guard = createGuard(options);
    provider.answerNext({ state: "CHALLENGE_REQUIRED", isEnrolled: false });
    expect(await codeOf(toResponse(await guard.run("withdraw-funds", call, bind)))).toBe("enrollment_required");
    expect(toResponse(await guard.run("withdraw-funds", { ...call, user: undefined }, bind)).status).toBe(401);
  });

  it("sends the value of work that was done", async () => {
    const { options } = createTestGuard();
    const guard = createGuard(options);
    const done = async (value: unknown): Promise<Response> =>
      toResponse(await guard.run("withdraw-funds", call, () => value));
    expect(await (await done({ balance: "1.00" })).json()).toEqual({ balance: "1.00" });
    expect((await done(undefined)).status).toBe(204);
    expect((await done(new Response("made", { status: 201 }))).status).toBe(201);
  });
});
