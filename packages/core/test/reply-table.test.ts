import { describe, expect, it } from "vitest";
import { ProviderError } from "../src/provider.ts";
import { type Ask, bodyOf, createHarness, earnToken, type Harness, lastKey, replyOf, type Route } from "./harness.ts";

const HELP = "https://github.com/require-action/require-action/blob/main/docs/errors.md#";
const OPAQUE_ID = /^[A-Za-z0-9_-]{43}$/;
const bind = ({ body }: { body?: any }): Record<string, unknown> => ({ amount: body.amount, payee: body.payee });

interface Row {
  /** What happens, by the words of the wire contract. */
  readonly situation: string;
  readonly play: (harness: Harness, route: Route) => Promise<ReturnType<typeof replyOf>>;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The members of the body, complete. */
  readonly body: Readonly<Record<string, unknown>>;
}

const PROBLEM = { "content-type": "application/problem+json", "cache-control": "no-store" };
const ask = async (route: Route, parts?: Ask): Promise<ReturnType<typeof replyOf>> => replyOf(await route(parts));

const rows: readonly Row[] = [
  {
    situation: "CHALLENGE",
    async play({ provider }, route) {
      provider.answer({
        state: "CHALLENGE_REQUIRED",
        allowedVerificationMethods: ["PASSKEY", "AUTHENTICATOR_APP", "EMAIL_OTP"],
        enrolledVerificationMethods: ["AUTHENTICATOR_APP", "EMAIL_OTP"],
      });
      return ask(route);
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}challenge_required`,
      title: "Complete the challenge, then repeat the request with the Action-Token header.",
      status: 403,
      code: "challenge_required",
      action: "withdraw-funds",
      state: "CHALLENGE_REQUIRED",
      token: "token-1",
      url: "https://challenge.example/?token=token-1",
      idempotencyKey: expect.stringMatching(/^ra1_/),
      expiresAt: "2026-01-01T00:10:00.000Z",
      verificationMethods: ["AUTHENTICATOR_APP", "EMAIL_OTP"],
      bound: { amount: "10.00", payee: "DE02100100109307118603" },
    },
  },
  {
    situation: "not enrolled",
    async play({ provider }, route) {
      provider.answer({ state: "CHALLENGE_REQUIRED", isEnrolled: false });
      return ask(route);
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}enrollment_required`,
      title: "Enroll an authenticator first, then repeat the request.",
      status: 403,
      code: "enrollment_required",
      action: "withdraw-funds",
      token: "token-1",
      url: "https://challenge.example/?token=token-1",
    },
  },
  {
    situation: "REVIEW",
    async play({ provider }, route) {
      provider.answer("REVIEW_REQUIRED");
      return ask(route);
    },
    status: 202,
    headers: { "content-type": "application/json", "cache-control": "no-store", "retry-after": "30" },
    body: {
      code: "review_required",
      message: "The action is under review. Repeat the request later with its idempotencyKey as Action-Token.",
      action: "withdraw-funds",
      state: "REVIEW_REQUIRED",
      idempotencyKey: expect.stringMatching(/^ra1_/),
    },
  },
  {
    situation: "BLOCK",
    async play({ provider }, route) {
      provider.answer({ state: "BLOCK", ruleIds: ["sanctions-list"] });
      return ask(route);
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}action_blocked`,
      title: "This action cannot be completed for security reasons.",
      status: 403,
      code: "action_blocked",
      id: expect.stringMatching(OPAQUE_ID),
    },
  },
  {
    situation: "token malformed",
    play: (_harness, route) => ask(route, { token: "two, tokens" }),
    status: 400,
    headers: PROBLEM,
    body: {
      type: `${HELP}action_token_malformed`,
      title: "Send exactly one Action-Token header, of at most 4096 visible ASCII bytes.",
      status: 400,
      code: "action_token_malformed",
    },
  },
  {
    situation: "token forged",
    play: (_harness, route) => ask(route, { token: "forged" }),
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}action_token_invalid`,
      title: "The action token is not valid for this request. Start the action again without it.",
      status: 403,
      code: "action_token_invalid",
    },
  },
  {
    situation: "token expired at the provider",
    async play(harness, route) {
      const token = await earnToken(harness, route);
      harness.provider.expireToken(token);
      return ask(route, { token });
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}action_token_expired`,
      title: "The approval has expired. Start the action again without the token.",
      status: 403,
      code: "action_token_expired",
    },
  },
  {
    situation: "challenge unfinished",
    async play({ provider }, route) {
      provider.answer("CHALLENGE_REQUIRED");
      const { token } = bodyOf(await route());
      return ask(route, { token });
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}challenge_incomplete`,
      title: "The challenge has not been completed yet. Complete it, then repeat the request with its result token.",
      status: 403,
      code: "challenge_incomplete",
      action: "withdraw-funds",
      state: "CHALLENGE_REQUIRED",
    },
  },
  {
    situation: "challenge failed",
    async play({ provider }, route) {
      provider.answer("CHALLENGE_REQUIRED");
      const { token } = bodyOf(await route());
      provider.failChallenge(token);
      return ask(route, { token });
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}challenge_failed`,
      title: "The challenge failed. Start the action again without the token.",
      status: 403,
      code: "challenge_failed",
    },
  },
  {
    situation: "challenge denied by its user",
    async play({ provider }, route) {
      provider.answer("CHALLENGE_REQUIRED");
      const { token } = bodyOf(await route());
      provider.denyChallenge(token);
      return ask(route, { token });
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}action_denied_by_user`,
      title: "The user says that they did not ask for this action, so it has ended. Do not start it again by itself.",
      status: 403,
      code: "action_denied_by_user",
    },
  },
  {
    situation: "review still open",
    async play(harness, route) {
      harness.provider.answer("REVIEW_REQUIRED");
      await route();
      return ask(route, { token: lastKey(harness) });
    },
    status: 202,
    headers: { "content-type": "application/json", "cache-control": "no-store", "retry-after": "30" },
    body: {
      code: "review_required",
      message: "The action is under review. Repeat the request later with its idempotencyKey as Action-Token.",
      action: "withdraw-funds",
      state: "REVIEW_REQUIRED",
      idempotencyKey: expect.stringMatching(/^ra1_/),
    },
  },
  {
    situation: "review refused",
    async play(harness, route) {
      harness.provider.answer("REVIEW_REQUIRED");
      await route();
      harness.provider.review(lastKey(harness), "reject");
      return ask(route, { token: lastKey(harness) });
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}review_rejected`,
      title: "A reviewer rejected the action.",
      status: 403,
      code: "review_rejected",
    },
  },
  {
    situation: "bound field differs",
    async play(harness, route) {
      const token = await earnToken(harness, route);
      return ask(route, { token, body: { amount: "10000.00", payee: "DE02100100109307118603" } });
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}action_parameters_changed`,
      title: "The request differs from the one that was approved. Repeat it unchanged, or start the action again.",
      status: 403,
      code: "action_parameters_changed",
    },
  },
  {
    situation: "verification method too weak",
    async play(harness) {
      const route = harness.route({ bind, verificationMethods: ["PASSKEY", "SECURITY_KEY"] });
      const token = await earnToken(harness, route, {}, "EMAIL_OTP");
      return ask(route, { token });
    },
    status: 403,
    headers: PROBLEM,
    body: {
      type: `${HELP}verification_method_insufficient`,
      title: "The action needs a stronger verification method. Start it again and use one of verificationMethods.",
      status: 403,
      code: "verification_method_insufficient",
      verificationMethods: ["PASSKEY", "SECURITY_KEY"],
    },
  },
  {
    situation: "approval already used",
    async play(harness, route) {
      const token = await earnToken(harness, route);
      await route({ token });
      return ask(route, { token });
    },
    status: 409,
    headers: PROBLEM,
    body: {
      type: `${HELP}action_token_used`,
      title: "This approval has already been used. Start the action again without the token.",
      status: 409,
      code: "action_token_used",
    },
  },
  {
    situation: "no user",
    play: (_harness, route) => ask(route, { user: undefined }),
    status: 401,
    headers: PROBLEM,
    body: {
      type: `${HELP}authentication_required`,
      title: "Sign in first.",
      status: 401,
      code: "authentication_required",
    },
  },
  {
    situation: "user id unusable",
    play: (_harness, route) => ask(route, { user: "ali\u0000ce" }),
    status: 400,
    headers: PROBLEM,
    body: {
      type: `${HELP}user_id_invalid`,
      title:
        "The signed-in user's id is invalid: it must be 1 to 256 UTF-8 bytes of well-formed Unicode, without control characters.",
      status: 400,
      code: "user_id_invalid",
    },
  },
  {
    situation: "bound field missing",
    play: (_harness, route) => ask(route, { body: { amount: "10.00" } }),
    status: 400,
    headers: PROBLEM,
    body: {
      type: `${HELP}bound_field_missing`,
      title: "The request lacks a field that this action requires. Send it, and try again.",
      status: 400,
      code: "bound_field_missing",
      field: "payee",
    },
  },
  {
    situation: "bound field of a wrong type",
    play: (_harness, route) => ask(route, { body: { amount: 10.5, payee: "x" } }),
    status: 400,
    headers: PROBLEM,
    body: {
      type: `${HELP}bound_field_invalid`,
      title: "A bound field must be a string, a boolean or a safe integer. Send money as a decimal string.",
      status: 400,
      code: "bound_field_invalid",
      field: "amount",
    },
  },
  {
    situation: "whole request that cannot be bound",
    play: (harness) => ask(harness.route(), { body: { amount: 2 ** 53 } }),
    status: 400,
    headers: PROBLEM,
    body: {
      type: `${HELP}request_unbindable`,
      title:
        "The request cannot be bound. Send plain JSON of limited depth and size, without duplicate names, lone surrogates or numbers that lose precision.",
      status: 400,
      code: "request_unbindable",
    },
  },
  {
    situation: "resolver that stumbles over the request",
    play: (harness) => ask(harness.route({ bind: ({ body }) => ({ amount: body.transfer.amount }) })),
    status: 400,
    headers: PROBLEM,
    body: {
      type: `${HELP}request_unresolvable`,
      title: "The request lacks data that the decision needs. Correct the request, and try again.",
      status: 400,
      code: "request_unresolvable",
    },
  },
  {
    situation: "client gone before its approval was used",
    async play(harness, route) {
      const token = await earnToken(harness, route);
      return ask(route, { token, closed: true });
    },
    status: 499,
    headers: PROBLEM,
    body: {
      type: `${HELP}client_disconnected`,
      title: "The client disconnected before the action ran. Its approval is still good.",
      status: 499,
      code: "client_disconnected",
    },
  },
  {
    situation: "provider unavailable",
    async play({ provider }, route) {
      provider.override("track", () => Promise.reject(new ProviderError("provider_unavailable", "it is down")));
      return ask(route);
    },
    status: 503,
    headers: { ...PROBLEM, "retry-after": "5" },
    body: {
      type: `${HELP}decision_unavailable`,
      title: "No decision is available right now, and nothing was done. Repeat the request later.",
      status: 503,
      code: "decision_unavailable",
    },
  },
];

describe("the reply to", () => {
  it.each(rows)("$situation is $status and complete", async ({ play, status, headers, body }) => {
    const harness = createHarness();
    const reply = await play(harness, harness.route({ bind }));
    expect(reply.status).toBe(status);
    expect(reply.code).toBe(body["code"]);
    expect(reply.headers).toEqual({ ...headers, "content-length": String(Buffer.byteLength(reply.body)) });
    expect(JSON.parse(reply.body)).toEqual(body);
  });

  it("a challenge tells no bound fields when the whole request is bound", async () => {
    const harness = createHarness();
    harness.provider.answer("CHALLENGE_REQUIRED");
    expect(bodyOf(await harness.route()())).not.toHaveProperty("bound");
  });

  it("a challenge expires with its token where that ends sooner", async () => {
    const harness = createHarness();
    harness.provider.answer({ state: "CHALLENGE_REQUIRED", tokenExpiresAt: harness.clock.now() + 60_000 });
    expect(bodyOf(await harness.route()())["expiresAt"]).toBe("2026-01-01T00:01:00.000Z");
  });

  it("a challenge names the methods that the route, the policy and the user have in common", async () => {
    const harness = createHarness();
    harness.provider.answer({
      state: "CHALLENGE_REQUIRED",
      allowedVerificationMethods: ["PASSKEY", "EMAIL_OTP"],
      enrolledVerificationMethods: ["EMAIL_OTP", "PASSKEY"],
    });
    const route = harness.route({ verificationMethods: ["SECURITY_KEY", "PASSKEY"] });
    expect(bodyOf(await route())["verificationMethods"]).toEqual(["PASSKEY"]);
  });
});

describe('with profile "rfc9470"', () => {
  it("a challenge is a 401 that says what is missing", async () => {
    const harness = createHarness({ profile: "rfc9470" });
    harness.provider.answer("CHALLENGE_REQUIRED");
    const reply = replyOf(await harness.route({ verificationMethods: ["PASSKEY", "SMS"], maxAge: 120 })());
    expect(reply.status).toBe(401);
    expect(reply.headers["www-authenticate"]).toBe(
      'Bearer error="insufficient_user_authentication", error_description="The action needs a challenge", acr_values="PASSKEY SMS", max_age="120"',
    );
    expect(JSON.parse(reply.body)).toMatchObject({ status: 401, code: "challenge_required", token: "token-1" });
  });

  it("an enrolment is a 401 too, and names no methods where the route accepts any", async () => {
    const harness = createHarness();
    harness.provider.answer({ state: "CHALLENGE_REQUIRED", isEnrolled: false });
    const reply = replyOf(await harness.route({ profile: "rfc9470" })());
    expect([reply.status, reply.code]).toEqual([401, "enrollment_required"]);
    expect(reply.headers["www-authenticate"]).toBe(
      'Bearer error="insufficient_user_authentication", error_description="The action needs a challenge", max_age="600"',
    );
  });

  it("a request without a user names the scheme and tells nothing of the policy", async () => {
    const reply = replyOf(await createHarness({ profile: "rfc9470" }).route()({ user: undefined }));
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
  });

  it("everything else stays as it is", async () => {
    const harness = createHarness({ profile: "rfc9470" });
    harness.provider.answer("BLOCK");
    const reply = replyOf(await harness.route()());
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([403, undefined]);
  });
});
