import { describe, expect, it } from "vitest";
import { bindFields, bindNothing, bindRequest } from "../src/binding/binding.ts";
import type { ActionOptions } from "../src/index.ts";
import { approvedOf, type Ask, createHarness, earnToken, type Native, summaryOf, WITHDRAWAL } from "./harness.ts";

const GOES_ON = "proceed";
const CHANGED = "403 action_parameters_changed";

/** What becomes of a request that brings the approval of another one. */
async function repeat(approved: Ask, asked: Ask, options: ActionOptions<Native> = {}): Promise<string> {
  const harness = createHarness();
  const route = harness.route(options);
  const token = await earnToken(harness, route, { user: "alice", ...approved });
  return summaryOf(await route({ user: "alice", ...asked, token }));
}

const ask = async (parts: Ask, options?: ActionOptions<Native>): Promise<string> =>
  summaryOf(await createHarness().route(options)({ user: "alice", ...parts }));

/** The answer of the guard where the application is at fault. */
const fault = async (parts: Ask, options?: ActionOptions<Native>): Promise<unknown> =>
  createHarness()
    .route(options)({ user: "alice", ...parts })
    .then(summaryOf, ({ code, status }) => ({ code, status }));

describe("T4: an approval of the whole request", () => {
  const body = { amount: "10.00", items: [{ id: 1, tags: ["a", "b"] }] };

  it.each<readonly [string, Ask]>([
    ["the same", { body }],
    ["members in another order", { body: { items: [{ tags: ["a", "b"], id: 1 }], amount: "10.00" } }],
    ["another host in a proxy's request line", { body, target: "https://other.example/withdrawals" }],
    ["other headers", { body, headers: { "x-note": "hello", "content-type": "application/json; charset=utf-8" } }],
    ["another address", { body, ip: "198.51.100.1" }],
  ])("is good for %s", async (_name, asked) => expect(await repeat({ body }, asked)).toBe(GOES_ON));

  it.each<readonly [string, Ask]>([
    ["another value", { body: { ...body, amount: "10.01" } }],
    ["a value of another type", { body: { ...body, amount: 10 } }],
    ["another value deep down", { body: { ...body, items: [{ id: 2, tags: ["a", "b"] }] } }],
    ["a list in another order", { body: { ...body, items: [{ id: 1, tags: ["b", "a"] }] } }],
    ["a longer list", { body: { ...body, items: [...body.items, ...body.items] } }],
    ["one member more", { body: { ...body, note: "" } }],
    ["one member less", { body: { amount: "10.00" } }],
    ["null for a member", { body: { ...body, items: null } }],
    ["no body", { body: undefined }],
    ["its text for a body", { body: JSON.stringify(body) }],
    ["its bytes for a body", { body: Buffer.from(JSON.stringify(body)) }],
    ["another method", { body, method: "PUT" }],
    ["another path", { body, target: "/withdrawals/2" }],
    ["a path that only looks the same", { body, target: "/Withdrawals" }],
    ["a path with a slash more", { body, target: "/withdrawals/" }],
    ["another spelling of the path", { body, target: "/%77ithdrawals" }],
    ["a query", { body, target: "/withdrawals?dry=0" }],
    ["a query that names a host", { body, target: "/withdrawals?next=https://evil.example" }],
  ])("is not for %s", async (_name, asked) => expect(await repeat({ body }, asked)).toBe(CHANGED));

  it.each<readonly [string, Ask["body"], Ask["body"]]>([
    ["bytes", Buffer.from("one"), Buffer.from("two")],
    ["texts", "one", "two"],
    ["lists", [1, 2], [2, 1]],
    ["numbers", { a: 0 }, { a: -0 }],
    ["numbers without an object around them", 1, 2],
    ["numbers from truth", 1, true],
    ["an empty list from a list of nothing", [], [null]],
  ])("tells %s apart", async (_name, approved, asked) => {
    expect(await repeat({ body: approved }, { body: asked })).toBe(CHANGED);
    expect(await repeat({ body: approved }, { body: approved })).toBe(GOES_ON);
  });

  it.each<readonly [string, unknown]>([
    ["a record", { amount: "1" }],
    ["a text", "amount=1"],
    ["an empty text", ""],
    ["bytes", Buffer.from("amount=1")],
    ["an empty list", []],
    ["a number", 0],
    ["a truth value", false],
  ])("binds %s that a parser made without a byte being sent, as the handler sees it", async (_name, value) => {
    expect(await repeat({ body: value, sent: false }, { body: undefined, sent: false })).toBe(CHANGED);
  });

  it("binds the hosts that a query names", async () => {
    const [one, other] = ["/pay?next=https://one.example/", "/pay?next=https://other.example/"];
    expect(await repeat({ target: one }, { target: other })).toBe(CHANGED);
  });

  it("takes of a member that was sent twice the one that the handler sees", async () => {
    const [first, second] = ['{"amount":"1","amount":"2"}', '{"amount":"2","amount":"1"}'].map((text) =>
      JSON.parse(text),
    );
    expect(await repeat({ body: first }, { body: second })).toBe(CHANGED);
    expect(await repeat({ body: first }, { body: { amount: "2" } })).toBe(GOES_ON);
  });
});

describe("T4: a body that cannot be bound whole is a 400", () => {
  const depth = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  it.each<readonly [string, unknown]>([
    ["a number that lost precision", JSON.parse('{"amount":9007199254740993}')],
    ["a number that is infinite", JSON.parse('{"amount":1e999}')],
    ["a lone surrogate", JSON.parse('{"note":"\\ud800"}')],
    ["a __proto__ key", JSON.parse('{"__proto__":{"amount":1}}')],
    ["a depth of 10,000", depth(10_000)],
    ["100,001 values", Array.from({ length: 100_001 }, () => 0)],
    ["a date, by a parser that revives them", { at: new Date(0) }],
  ])("%s", async (_name, body) => {
    expect(await ask({ body })).toBe("400 request_unbindable");
    expect(({} as Record<string, unknown>)["amount"]).toBeUndefined();
  });
});

describe("a body that was sent and that nobody parsed", () => {
  const notParsed = { code: "body_not_parsed", status: 500 };

  it.each<readonly [string, Ask]>([
    ["is missing (Express 5)", { body: undefined, sent: true, read: false }],
    ["is an empty object that no parser read (Express 4)", { body: {}, sent: true, read: false }],
    ["is null", { body: null, sent: true, read: false }],
    ["has a value that some middleware put there", { body: { source: "web" }, sent: true, read: false }],
    ["was read by something that left nothing", { body: undefined, sent: true, read: true }],
    [
      "was read by something that left what Express 4 leaves",
      { body: {}, sent: true, read: true, headers: { "content-type": "application/octet-stream" } },
    ],
    ["was read by something, and has no type", { body: {}, sent: true, read: true, headers: { "content-type": "" } }],
  ])("is never bound as empty: it %s", async (_name, parts) => expect(await fault(parts)).toEqual(notParsed));

  it("is told where a bound field is missing for it", async () => {
    const bind = ({ body }: Native): Record<string, unknown> => ({ amount: body.amount });
    expect(await fault({ body: {}, sent: true, read: false }, { bind })).toEqual(notParsed);
  });

  it.each(["bind", "when", "attributes"] as const)("is told where %s stumbles over it", async (name) => {
    const stumble = ({ body }: Native) => body.amount.value;
    const options = { bind: () => ({ a: 1 }), [name]: stumble };
    expect(await fault({ body: undefined, sent: true, read: false }, options)).toEqual(notParsed);
  });

  it.each<readonly [string, Ask]>([
    ["is missing", { body: undefined }],
    ["is what Express 4 leaves", { body: {} }],
    ["is multipart", { body: {}, headers: { "content-type": "multipart/form-data; boundary=x" } }],
  ])("C22: answers 415 where a parser passed it over: it %s", async (_name, parts) => {
    const passedOver = { ...parts, sent: true, read: false, passedOver: true };
    const refused = "415 body_type_unsupported";
    expect(await ask(passedOver)).toBe(refused);
    expect(await ask(passedOver, { bind: ({ body }) => ({ amount: body?.amount }) })).toBe(refused);
    expect(await ask(passedOver, { bind: () => ({ a: 1 }), attributes: ({ body }) => body.amount.value })).toBe(
      refused,
    );
    expect(await ask(passedOver, { bind: () => ({ id: 7 }) })).toBe(GOES_ON);
  });

  it.each<readonly [string, boolean]>([
    ["C22: is no body where it has no bytes", true],
    ["C22: stays one where it has", false],
  ])("%s, whoever may have parsed it", async (_name, isEmpty) => {
    for (const passedOver of [true, false]) {
      for (const headers of [{ "content-type": "" }, { "content-type": "multipart/mixed" }]) {
        const parts = { body: undefined, sent: true, read: false, passedOver, isEmpty, headers };
        const harness = createHarness();
        const summary = await harness
          .route()(parts)
          .then(summaryOf, ({ status }) => String(status));
        expect(summary).toBe(isEmpty ? GOES_ON : passedOver ? "415 body_type_unsupported" : "500");
      }
    }
    const bind = ({ body }: Native): Record<string, unknown> => ({ amount: body?.amount });
    const parts = { body: undefined, sent: true, read: false, passedOver: true, isEmpty };
    expect(await ask(parts, { bind })).toBe(isEmpty ? "400 bound_field_missing" : "415 body_type_unsupported");
  });

  it("is no matter where only other things are bound", async () => {
    expect(await ask({ body: undefined, sent: true, read: false }, { bind: () => ({ id: 7 }) })).toBe(GOES_ON);
    expect(await ask({ body: undefined, sent: true, read: false }, { bind: "none" })).toBe(GOES_ON);
  });

  it.each<readonly [string, Ask]>([
    ["multipart/form-data", { body: { amount: "1" }, headers: { "content-type": "multipart/form-data; boundary=x" } }],
    ["multipart in capitals", { body: { amount: "1" }, headers: { "content-type": " MULTIPART/mixed" } }],
  ])("or whose files are bound nowhere needs bind: %s", async (_name, parts) => {
    expect(await fault(parts)).toEqual({ code: "body_not_bindable", status: 500 });
    expect(await ask(parts, { bind: ({ body }) => ({ amount: body.amount }) })).toBe(GOES_ON);
  });
});

describe("no body at all", () => {
  it("is bound as none, however the parser says so", async () => {
    for (const [approved, asked] of [
      [undefined, {}],
      [{}, undefined],
      [undefined, null],
    ]) {
      expect(await repeat({ body: approved, sent: false }, { body: asked, sent: false })).toBe(GOES_ON);
    }
  });

  it.each(["application/json", "application/merge-patch+json", "application/x-www-form-urlencoded"])(
    "is told from an empty object sent as %s",
    async (type) => {
      const empty = { body: {}, sent: true, headers: { "content-type": type } };
      expect(await repeat({ body: {}, sent: false }, empty)).toBe(CHANGED);
      expect(await repeat(empty, empty)).toBe(GOES_ON);
    },
  );
});

describe("an approval of declared fields", () => {
  const bind = ({ body }: Native): Record<string, unknown> => ({ amount: body.amount, payee: body.payee });

  it.each<readonly [string, Ask, string]>([
    ["the same fields", {}, GOES_ON],
    ["another note", { body: { ...WITHDRAWAL, note: "hello" } }, GOES_ON],
    ["another path", { target: "/elsewhere?x=1" }, GOES_ON],
    ["another method", { method: "PATCH" }, GOES_ON],
    ["another amount", { body: { ...WITHDRAWAL, amount: "11.00" } }, CHANGED],
    ["another payee", { body: { ...WITHDRAWAL, payee: "DE03" } }, CHANGED],
  ])("and %s: %s", async (_name, asked, summary) => {
    expect(await repeat({ body: WITHDRAWAL }, { body: WITHDRAWAL, ...asked }, { bind })).toBe(summary);
  });

  it("is known to the handler as it was approved, and cannot be changed", async () => {
    const body = { ...WITHDRAWAL };
    const approved = approvedOf(await createHarness().route({ bind })({ user: "alice", body }));
    body.amount = "99.00";
    expect(approved.bound).toEqual({ amount: "10.00", payee: WITHDRAWAL.payee });
    expect(approved.binding).toBe("fields");
    expect(Object.isFrozen(approved) && Object.isFrozen(approved.bound)).toBe(true);
  });

  it("goes to the provider as custom data", async () => {
    const harness = createHarness();
    await harness.route({ bind })();
    const [call] = harness.provider.calls;
    expect(call?.request).toMatchObject({ attributes: { custom: { amount: "10.00", payee: WITHDRAWAL.payee } } });
  });

  it.each<readonly [string, unknown, string]>([
    ["a text", "10.00", GOES_ON],
    ["an empty text", "", GOES_ON],
    ["money of 30 digits", `-${"1".repeat(28)}.11`, GOES_ON],
    ["an account number of 34 characters", `MT84MALT0${"1".repeat(25)}`, GOES_ON],
    ["a boolean", false, GOES_ON],
    ["a safe integer", -9007199254740991, GOES_ON],
    ["nothing", undefined, "400 bound_field_missing"],
    ["null", null, "400 bound_field_missing"],
    ["a fraction", 10.5, "400 bound_field_invalid"],
    ["an unsafe integer", 9007199254740992, "400 bound_field_invalid"],
    ["NaN", Number.NaN, "400 bound_field_invalid"],
    ["a list (?amount=1&amount=2)", ["1", "2"], "400 bound_field_invalid"],
    ["an object (?amount[$gt]=0)", { $gt: "0" }, "400 bound_field_invalid"],
    ["T54: money of 31 digits", "1".repeat(31), "400 bound_field_invalid"],
    ["T54: money of 31 digits with a sign and a fraction", `-${"1".repeat(29)}.11`, "400 bound_field_invalid"],
    ["T54: money of 16,000 digits", "9".repeat(16_000), "400 bound_field_invalid"],
    ["a boxed text", Object("10.00"), "400 bound_field_invalid"],
    ["a bigint", 10n, "400 bound_field_invalid"],
    ["a function", () => "10.00", "400 bound_field_invalid"],
    ["a lone surrogate", "\ud800", "400 bound_field_invalid"],
  ])("whose value is %s: %s", async (_name, amount, summary) => {
    expect(await ask({ body: {} }, { bind: () => ({ amount }) })).toBe(summary);
  });

  it("may be computed later", async () => {
    const later = async ({ body }: Native) => ({ amount: body.amount });
    expect(await repeat({ body: { amount: "1" } }, { body: { amount: "2" } }, { bind: later })).toBe(CHANGED);
  });

  it.each<readonly [string, unknown]>([
    ["null", null],
    ["a text", "amount"],
    ["a list", ["10.00"]],
    ["no fields", {}],
    ["a map, which has no members", new Map([["amount", "10.00"]])],
  ])("of %s may be what the client sent, and is refused", async (_name, declared) => {
    expect(await ask({}, { bind: () => declared as never })).toBe("400 request_unresolvable");
  });

  it("of nothing is the application's fault", async () => {
    expect(await fault({}, { bind: () => undefined as never })).toEqual({ code: "resolver_failed", status: 500 });
  });

  it.each<readonly [string, object]>([
    ["a name that is __proto__", JSON.parse('{"__proto__":"x"}')],
    ["a name with a space", { "a b": 1 }],
    ["an empty name", { "": 1 }],
    ["a name of 65 characters", { ["a".repeat(65)]: 1 }],
    ["a name that begins with a digit", { "1a": 1 }],
    ["101 fields", Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}`, 1]))],
    ["more than 16 KiB", { text: "a".repeat(16_384) }],
  ])("T40: F24: with %s is refused", async (_name, declared) => {
    expect(await ask({ body: {} }, { bind: () => declared as never })).toBe("400 bound_field_invalid");
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it.each<readonly [string, object]>([
    ["a name of 64 characters", { ["a".repeat(64)]: 1 }],
    ["100 fields", Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, 1]))],
    ["exactly 16 KiB", { text: "a".repeat(16_384 - '{"text":""}'.length) }],
  ])("may have %s", async (_name, declared) => {
    expect(await ask({ body: {} }, { bind: () => declared as never })).toBe(GOES_ON);
  });

  it("T40: may have fields with the names of an object's own members", async () => {
    const declared = { constructor: "a", toString: "b", hasOwnProperty: "c" };
    const approved = approvedOf(await createHarness().route({ bind: () => declared as never })());
    expect(Object.entries(approved.bound ?? {})).toEqual(Object.entries(declared));
    expect(approvedOf(await createHarness().route({ bind: () => ({ a: "b" }) })()).bound?.["toString"]).toBeUndefined();
  });
});

describe('bind: "none"', () => {
  it("approves any request of the user and action, visibly", async () => {
    const harness = createHarness();
    const route = harness.route({ bind: "none" });
    const token = await earnToken(harness, route, { user: "alice", body: { amount: "1" } });
    const approved = approvedOf(await route({ user: "alice", body: { amount: "9" }, target: "/other", token }));
    expect(approved).toMatchObject({ binding: "none", bound: undefined });
    expect(harness.events).toContainEqual(expect.objectContaining({ type: "proceed", binding: "none" }));
  });

  it("does not open what was approved with a binding, and the other way round", async () => {
    const harness = createHarness();
    const [free, bound] = [harness.route({ bind: "none" }), harness.route()];
    expect(summaryOf(await bound({ token: await earnToken(harness, free) }))).toBe(CHANGED);
    expect(summaryOf(await free({ token: await earnToken(harness, bound) }))).toBe(CHANGED);
  });
});

// A seal holds the digest of these texts, and processes of several versions open each other's seals.
describe("F29: the text that is bound, which every version has to write alike", () => {
  const request = (value: unknown, { sent = value !== undefined, type = "application/json" } = {}) =>
    bindRequest({
      method: "POST",
      target: "http://bank.example/pay?x=1",
      ip: undefined,
      header: () => type,
      body: { sent, read: sent, value },
      closed: () => false,
      whenEnded: () => {},
    }).canonical;

  it.each([
    ["no body", undefined, '{"kind":"none"}'],
    ["an empty record for no body", {}, '{"kind":"none"}'],
    ["a record", { b: "1", a: [null, true, 1.5] }, '{"kind":"json","value":{"a":[null,true,1.5],"b":"1"}}'],
    ["a text", "a=1", '{"kind":"text","value":"a=1"}'],
    [
      "bytes",
      Buffer.from("a=1"),
      '{"kind":"bytes","sha256":"c22fea5d7428e5cf47ef6354c97c9223c95d6dcdc3e0d2300ff79056b1ff3d85"}',
    ],
  ])("of a request with %s", (_name, value, body) => {
    expect(request(value, { sent: false })).toBe(`request {"body":${body},"method":"POST","target":"/pay?x=1"}`);
  });

  it("of a request whose body is an empty record", () => {
    expect(request({}, { sent: true })).toBe(
      'request {"body":{"kind":"json","value":{}},"method":"POST","target":"/pay?x=1"}',
    );
  });

  it("of declared fields, and of nothing", () => {
    const body = { sent: false, read: false, value: undefined };
    expect(bindFields({ payee: "DE02", amount: "10.00", urgent: false, copies: 2 }, body).canonical).toBe(
      'fields {"amount":"10.00","copies":2,"payee":"DE02","urgent":false}',
    );
    expect(bindNothing().canonical).toBe("none");
  });
});
