import { describe, expect, it } from "vitest";
import { ConfigurationError, type ErrorCode, errorCatalog, helpUrl, RequireActionError } from "../src/index.ts";
import { ProviderError } from "../src/provider.ts";

const codes = Object.keys(errorCatalog) as ErrorCode[];

describe("the error catalogue", () => {
  it("has a code in snake case, a status and a sentence for each error", () => {
    for (const code of codes) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      const { status, title } = errorCatalog[code];
      expect(status).toBeGreaterThanOrEqual(202);
      expect(status).toBeLessThanOrEqual(503);
      expect(title).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("only grows: these codes are on the wire", () => {
    const statuses = Object.fromEntries(codes.map((code) => [code, errorCatalog[code].status]));
    expect(statuses).toMatchObject({
      challenge_required: 403,
      enrollment_required: 403,
      review_required: 202,
      action_blocked: 403,
      action_token_malformed: 400,
      action_token_invalid: 403,
      action_token_expired: 403,
      challenge_incomplete: 403,
      challenge_failed: 403,
      action_denied_by_user: 403,
      review_rejected: 403,
      action_parameters_changed: 403,
      verification_method_insufficient: 403,
      action_token_used: 409,
      authentication_required: 401,
      user_id_invalid: 400,
      bound_field_missing: 400,
      bound_field_invalid: 400,
      request_unbindable: 400,
      body_type_unsupported: 415,
      request_unresolvable: 400,
      client_disconnected: 499,
      decision_unavailable: 503,
      body_not_parsed: 500,
      body_not_bindable: 500,
      resolver_failed: 500,
      action_not_passed: 500,
    });
  });
});

describe("an error of the kit", () => {
  it("carries its code, status, help and sentence", () => {
    expect(new RequireActionError("action_blocked")).toMatchObject({
      name: "RequireActionError",
      code: "action_blocked",
      status: 403,
      expose: true,
      helpUrl: helpUrl("action_blocked"),
      message: "action_blocked: This action cannot be completed for security reasons.",
    });
  });

  it("may say what happened here, and why", () => {
    const cause = new Error("boom");
    const error = new RequireActionError("resolver_failed", { detail: "bind threw", cause });
    expect(error).toMatchObject({ message: "resolver_failed: bind threw", cause, status: 500, expose: false });
    expect(new RequireActionError("resolver_failed")).not.toHaveProperty("cause");
  });

  it("is found by its class", () => {
    for (const error of [
      new ConfigurationError("bind", "is wrong"),
      new ProviderError("provider_unavailable", "502"),
    ]) {
      expect(error).toBeInstanceOf(RequireActionError);
    }
  });

  it("of a provider tells when to come back, and whether the request is at fault", () => {
    expect(new ProviderError("provider_unavailable", "429", { retryAfterSeconds: 30 })).toMatchObject({
      name: "ProviderError",
      retryAfterSeconds: 30,
      status: 503,
    });
    expect(new ProviderError("provider_refused", "no amount")).toMatchObject({
      status: 400,
      retryAfterSeconds: undefined,
    });
  });
});
