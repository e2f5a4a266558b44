import { describe, expect, it } from "vitest";
import { createRequireAction, type NextGuardOptions } from "../src/next.ts";
import { createTestGuard, type TestGuard } from "./app.ts";

const bind = (input: { readonly amount: string }) => ({ amount: input.amount.trim() });

function createNext(
  change: Partial<NextGuardOptions> = {},
): TestGuard & { readonly serverAction: ReturnType<typeof createRequireAction>["serverAction"] } {
  const guard = createTestGuard();
  const { serverAction } = createRequireAction({
    ...guard.options,
    user: (request) => request.headers.get("x-test-user"),
    headers: async () => new Headers({ "x-test-user": "alice", "user-agent": "Firefox", cookie: "__as_aid=d1; a=b" }),
    ...change,
  });
  return { ...guard, serverAction };
}

describe("a guarded server action", () => {
  it("answers with its value, knows who calls by the headers, and takes nothing of that from its arguments", async () => {
    const { provider, serverAction } = createNext({ clientAddress: ({ headers }) => headers.get("x-ip") ?? undefined });
    const withdraw = serverAction("withdraw-funds", { bind }, ({ bound, userId }, input) => [bound, userId, input]);
    const input = { amount: " 1 ", user: "bob", userId: "bob" };
    expect(await withdraw(undefined, input)).toEqual({ kind: "done", value: [{ amount: "1" }, "alice", input] });
    expect(provider.calls[0]?.request).toMatchObject({
      userId: "alice",
      attributes: { userAgent: "Firefox", deviceId: "d1", custom: { amount: "1" } },
    });
  });

  it("T4, T5: answers with the challenge as plain data, and runs once for what was approved", async () => {
    const { provider, serverAction } = createNext();
    let runs = 0;
    const withdraw = serverAction("withdraw-funds", { bind }, () => ++runs);
    provider.answerNext("CHALLENGE_REQUIRED");
    const asked = await withdraw(undefined, { amount: "1" });
    if (asked.kind !== "challenge_required") throw new Error(asked.kind);
    expect(Object.getPrototypeOf(asked.bound)).toBe(Object.prototype);
    expect(JSON.parse(JSON.stringify(asked))).toEqual(asked);
    const token = provider.completeChallenge(asked.token!);
    expect(await withdraw(token, { amount: "9" })).toMatchObject({ code: "action_parameters_changed" });
    expect(await withdraw(token, { amount: "1" })).toEqual({ kind: "done", value: 1 });
    expect(await withdraw(token, { amount: "1" })).toMatchObject({
      kind: "refused",
      code: "action_token_used",
      status: 409,
    });
    expect(runs).toBe(1);
  });

  it.each([
    ["nothing", []],
    ["null", [null]],
    ["another type", [{ amount: 1 }]],
    ["an object as the field", [{ amount: { trim: 1 } }]],
  ])("refuses %s in place of its arguments", async (_what, args) => {
    const { provider, serverAction } = createNext();
    const withdraw = serverAction("withdraw-funds", { bind }, () => 1) as (...given: unknown[]) => Promise<unknown>;
    expect(await withdraw(undefined, ...args)).toMatchObject({
      kind: "refused",
      code: "request_unresolvable",
      status: 400,
    });
    expect(provider.calls).toEqual([]);
  });

  it.each([[{}], [["a"]], [7], [null]])("takes %j in place of an approval for none", async (token) => {
    const { provider, serverAction } = createNext();
    provider.answer("BLOCK");
    const withdraw = serverAction("withdraw-funds", { bind }, () => 1);
    expect(await withdraw(token as never, { amount: "1" })).toMatchObject({ code: "action_blocked" });
  });

  it("refuses strangers, and ties approvals to sessions", async () => {
    const { serverAction } = createNext({ headers: () => new Headers() });
    const withdraw = serverAction("withdraw-funds", { bind: "none" }, () => 1);
    expect(await withdraw(undefined)).toMatchObject({ code: "authentication_required", status: 401 });
    const { provider, serverAction: tied } = createNext({ session: ({ headers }) => headers.get("x-session") });
    expect(await tied("withdraw-funds", { bind: "none" }, () => 1)(undefined)).toMatchObject({ status: 401 });
    expect(provider.calls).toEqual([]);
  });

  it("hands over data points of its arguments, and refuses arguments that have none", async () => {
    const { provider, serverAction } = createNext();
    const attributes = (input: { readonly payee: string }) => ({ custom: { country: input.payee.slice(0, 2) } });
    const withdraw = serverAction("withdraw-funds", { bind: "none", attributes }, () => 1);
    expect(await withdraw(undefined, { payee: "DE02" })).toMatchObject({ kind: "done" });
    expect(provider.calls[0]?.request).toMatchObject({ attributes: { custom: { country: "DE" } } });
    expect(await withdraw(undefined, {} as never)).toMatchObject({ code: "request_unresolvable", status: 400 });
    expect(() => serverAction("withdraw-funds", { bind: "none", attributes: {} as never }, () => 1)).toThrow(
      'serverAction("withdraw-funds"): attributes: must be a function',
    );
  });

  it("rejects with what its handler throws, such as Next's redirects", async () => {
    const { serverAction } = createNext();
    const redirect = Object.assign(new Error("NEXT_REDIRECT"), { digest: "NEXT_REDIRECT;replace;/done;303;" });
    const withdraw = serverAction("withdraw-funds", { bind: "none" }, () => {
      throw redirect;
    });
    await expect(withdraw(undefined)).rejects.toBe(redirect);
  });

  it("names a wrong option when it is declared", () => {
    const { serverAction } = createNext();
    const declare = (options: unknown) => () => serverAction("withdraw-funds", options as never, () => 1);
    expect(declare({})).toThrow('serverAction("withdraw-funds"): bind: must be "none" or a function');
    expect(declare(null)).toThrow("bind");
    expect(declare({ bind, maxAg: 5 })).toThrow("did you mean maxAge?");
    const { serverAction: blind } = createNext({ headers: undefined as never });
    expect(() => blind("withdraw-funds", { bind: "none" }, () => 1)).toThrow(
      'serverAction("withdraw-funds"): headers: is required for server actions: the one of "next/headers"',
    );
  });
});
