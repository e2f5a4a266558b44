import { describe, expect, it } from "vitest";
import { ACTION_TOKEN_HEADER } from "../src/index.ts";
import { createHarness, earnToken, summaryOf } from "./harness.ts";

const MALFORMED = "400 action_token_malformed";

describe("the Action-Token header", () => {
  it("has the name of the wire contract", () => expect(ACTION_TOKEN_HEADER).toBe("action-token"));

  it.each([
    ["empty", ""],
    ["a space", " "],
    ["T42: sent twice, as Node joins it", "one, two"],
    ["T42: sent twice, and one is empty", "one, "],
    ["T42: sent twice without a space", "one,two"],
    ["holding a space", "one two"],
    ["holding a tab", "one\ttwo"],
    ["holding a line break", "one\r\nset-cookie: a=b"],
    ["holding NUL", "one\u0000"],
    ["binary", "\u00ff\u00fe"],
    ["not ASCII", "tökén"],
    ["a scheme and a token", "Bearer abc"],
    ["quoted", '"abc"'],
    ["T29: 4097 bytes long", "a".repeat(4097)],
    ["a megabyte long", "a".repeat(1_000_000)],
  ])("%s is refused, before the provider is asked", async (_name, token) => {
    const harness = createHarness();
    expect(summaryOf(await harness.route()({ token }))).toBe(MALFORMED);
    expect(harness.provider.calls).toEqual([]);
  });

  it.each([
    ["", "the action token is empty"],
    ["one, two", "there is more than one action token"],
    ["Bearer abc", expect.stringContaining("send it alone, without a scheme, quotes or spaces")],
    ['"abc"', expect.stringContaining("send it alone, without a scheme, quotes or spaces")],
  ])("the event says what is wrong with %j", async (token, reason) => {
    const harness = createHarness();
    await harness.route()({ token });
    expect(harness.events).toEqual([expect.objectContaining({ code: "action_token_malformed", reason })]);
  });

  it.each([
    ["a JWT", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln"],
    ["base64", "YWJj+/=="],
    ["T29: 4096 bytes long", "a".repeat(4096)],
  ])("%s reaches the provider as it is", async (_name, token) => {
    const harness = createHarness();
    expect(summaryOf(await harness.route()({ token }))).toBe("403 action_token_invalid");
    expect(harness.provider.calls).toEqual([
      { verb: "validateChallenge", request: { token, userId: "alice", action: "withdraw-funds" } },
    ]);
  });

  it("T42: is the only place that a token is read from", async () => {
    const harness = createHarness();
    const route = harness.route({ bind: "none" });
    const token = await earnToken(harness, route);
    harness.provider.answer("BLOCK");
    const elsewhere = [
      { target: `/withdrawals?token=${token}&action-token=${token}&actionToken=${token}` },
      { body: { token, actionToken: token, "action-token": token } },
      { headers: { cookie: `action-token=${token}; token=${token}` } },
      { headers: { authorization: `Bearer ${token}`, "x-action-token": token, "idempotency-key": token } },
    ];
    for (const ask of elsewhere) expect(summaryOf(await route(ask))).toBe("403 action_blocked");
    expect(summaryOf(await route({ token }))).toBe("proceed");
  });
});
