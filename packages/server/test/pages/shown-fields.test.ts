import { createGuard, createMemoryLedger } from "@require-action/core";
import type { GuardRequest } from "@require-action/core/adapter";
import { type CodeMessage, createEngine, type Engine, type Policy } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import type { MessagePart } from "../../src/pages/page-state.ts";
import { createServer } from "../../src/index.ts";
import { readableName } from "../../src/pages/visible-text.ts";
import { apiSecret, basic } from "../harness.ts";

const policy: Policy = {
  dataPoints: [
    { name: "amount", type: "decimal", optional: true },
    { name: "riskScore", type: "number", optional: true },
    { name: "branch", type: "text", optional: true, show: true },
    { name: "segment", type: "text", model: "user", optional: true },
    { name: "greeting", type: "text", model: "user", optional: true, show: true },
  ],
  actions: { "withdraw-funds": { defaultOutcome: "CHALLENGE" } },
  unknownActions: "CHALLENGE",
};

const custom = { amount: "10.00", riskScore: 91, branch: "Main Street", undeclared: "secret" };
const bind = (): { amount: string } => ({ amount: "10.00" });
const origin = "http://localhost";

/** An engine with its page, and the guard's own way to it. */
function createBank(
  template = "Hello",
  actions: Partial<Policy> = {},
): {
  readonly engine: Engine;
  readonly mails: CodeMessage[];
  readonly guarded: (options?: object) => Promise<string>;
  readonly tracked: (body: object) => Promise<string>;
  readonly init: (token: string) => Promise<any>;
} {
  const mails: CodeMessage[] = [];
  const delivery = { sendEmail: (message: CodeMessage) => void mails.push(message) };
  const engine = createEngine({
    policy: { ...policy, ...actions },
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "bank",
    baseUrl: origin,
    delivery,
  });
  const server = createServer(engine, {
    apiSecrets: [apiSecret],
    tenantId: "bank",
    page: { messagingTemplates: () => ({ en: { defaultTemplate: template } }) },
  });
  const guard = createGuard<object>({
    provider: engine,
    user: () => "alice",
    sealSecrets: ["a secret of at least thirty-two bytes"],
    ledger: createMemoryLedger(),
  });
  const post = async (path: string, authorization: string, body: object): Promise<any> => {
    const headers = { authorization, "content-type": "application/json" };
    const request = new Request(origin + path, { method: "POST", headers, body: JSON.stringify(body) });
    return (await server(request)).json();
  };
  return {
    engine,
    mails,
    async guarded(options = {}) {
      const verdict = await guard.protect("withdraw-funds", { attributes: () => ({ custom }), ...options })(request());
      if (verdict.kind !== "reply") throw new Error("nothing was challenged");
      return (JSON.parse(verdict.body) as { token: string }).token;
    },
    tracked: async (body) =>
      new URL((await post("/v1/users/alice/actions/withdraw-funds", basic(apiSecret), body)).url).searchParams.get(
        "token",
      ) ?? "",
    init: async (token) => post("/challenge/init", `Bearer ${token}`, {}),
  };
}

function request(): GuardRequest<object> {
  return {
    native: {},
    method: "POST",
    target: "/withdrawals",
    ip: "203.0.113.7",
    header: (name) => (name === "content-type" ? "application/json" : undefined),
    body: { sent: true, read: true, value: { amount: "10.00" } },
    closed: () => false,
    whenEnded: () => undefined,
  };
}

const labels = ({ action }: any): string[] => action.details.map(({ label }: { label: string }) => label);

describe("what the challenge page shows of an action", () => {
  it("C49: is what the guard has bound, and what the policy marks `show`", async () => {
    const { guarded, init } = createBank();
    expect(labels(await init(await guarded({ bind })))).toEqual(["Amount", "Branch"]);
  });

  it.each([
    ["the whole request is bound", {}],
    ["nothing is bound", { bind: "none" }],
  ])("C49: is only what the policy marks when %s", async (_when, options) => {
    const { guarded, init } = createBank();
    expect(labels(await init(await guarded(options)))).toEqual(["Branch"]);
  });

  it("C49: is nothing but the action when the policy marks nothing", async () => {
    const { guarded, init } = createBank("Hello", { dataPoints: [] });
    const { action } = await init(await guarded());
    expect(action).toEqual({ name: "Withdraw funds", message: ["Hello"], details: [] });
  });

  it("C49: is an amount in its currency, where the policy marks the amount alone", async () => {
    const { tracked, init, engine } = createBank("Hello", {
      dataPoints: [
        { name: "amount", type: "decimal", show: true, format: "money", currency: "currency" },
        { name: "currency", type: "text" },
      ],
    });
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "a@mail.example" });
    const { action } = await init(await tracked({ custom: { amount: "1250.5", currency: "JPY" } }));
    expect(action.details.map(({ value }: { value: string }) => value.replaceAll("\u00A0", " "))).toEqual([
      "JPY 1,250.5",
    ]);
  });

  it.each([
    ["payeeName", "Payee name"],
    ["client-ip_address", "Client IP address"],
    ["pay\u202eee2Iban", "Pay⟨U+202E⟩ee2 IBAN"],
    ["\u202epayee", "⟨U+202E⟩payee"],
    ["a-\u{e0041}", "A ⟨U+E0041⟩"],
  ])("names the field %j as people write it", (name, label) => {
    expect(readableName(name)).toBe(label);
  });

  it("C49: is for the policy alone to say over Authsignal's API, whatever the request claims is bound", async () => {
    const { tracked, init, engine } = createBank();
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "a@mail.example" });
    const token = await tracked({ custom, boundFields: ["riskScore"], shownFields: ["riskScore"] });
    const state = await init(token);
    expect(labels(state)).toEqual(["Branch"]);
    expect(JSON.stringify(state)).not.toMatch(/riskScore|secret/i);
    expect(JSON.stringify(state.action)).not.toContain("91");
  });

  it("C49: is fixed when the action is decided", async () => {
    const { guarded, init, engine } = createBank();
    const token = await guarded({ bind });
    await engine.reloadPolicy({ ...policy, dataPoints: [{ name: "riskScore", type: "number", show: true }] });
    expect(labels(await init(token))).toEqual(["Amount", "Branch"]);
  });

  it("C49: holds for actions that the policy does not name", async () => {
    const { guarded, init } = createBank("Hello", { actions: {} });
    expect(labels(await init(await guarded({ bind })))).toEqual(["Amount", "Branch"]);
  });
});

describe("a message to the user", () => {
  it.each([
    ["{{action.amount}} at {{action.branch}}", "10.00 at Main Street"],
    ["{{action.riskScore}}", undefined],
    ["{{action.undeclared}}", undefined],
    ["{{user.greeting}}", "Dear Alice"],
    ["{{user.segment}}", undefined],
  ])("C49: says %s only when the user may see it", async (template, message) => {
    const { guarded, init, engine } = createBank(template);
    await engine.users.update("alice", { custom: { segment: "suspicious", greeting: "Dear Alice" } });
    const parts = (await init(await guarded({ bind }))).action.message as MessagePart[] | undefined;
    expect(parts?.map((part) => (typeof part === "string" ? part : part.value)).join("")).toBe(message);
  });

  it("C49: comes to the sender of codes with nothing else", async () => {
    const { guarded, engine, mails } = createBank();
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "a@mail.example" });
    await engine.challenges.send(await guarded({ bind }), "EMAIL_OTP");
    expect(mails.map((mail) => ({ ...mail.custom }))).toEqual([{ amount: "10.00", branch: "Main Street" }]);
  });
});

describe("an action that a message describes", () => {
  const dataPoints: NonNullable<Policy["dataPoints"]> = [
    { name: "total", type: "decimal", format: "money", currency: "unit" },
    { name: "unit", type: "text" },
    { name: "account", type: "text", format: "iban", label: "To" },
    { name: "card", type: "text", format: "masked", label: { en: "From", de: "Von" }, order: 1 },
    { name: "paid", type: "text", format: "date" },
  ];
  const payment = {
    total: "1250.5",
    unit: "EUR",
    account: "DE02120300000000202051",
    card: "4111111111111111",
    paid: "2026-12-24",
    odd: "Pay \u202eBob",
  };
  const money = { value: "EUR\u00a01,250.50" };

  async function described(template: string, custom: object = payment): Promise<any> {
    const { guarded, init } = createBank(template, { dataPoints });
    const { action } = await init(await guarded({ bind: () => custom }));
    return action;
  }

  it("is shown as the policy says, in its order", async () => {
    expect((await described("Hello")).details).toEqual([
      { label: "Total", ...money, isMain: true },
      { label: "From", value: "•••• 1111" },
      { label: "To", value: "DE02 1203 0000 0000 2020 51" },
      { label: "Paid", value: "December 24, 2026" },
      { label: "Odd", value: "Pay ⟨U+202E⟩Bob" },
    ]);
  });

  it("is not described twice", async () => {
    const { message, details } = await described("Pay {{action.total}} to {{action.account}} from {{action.card}}.");
    expect(message).toEqual([
      "Pay ",
      money,
      " to ",
      { value: "DE02 1203 0000 0000 2020 51" },
      " from ",
      { value: "•••• 1111" },
      ".",
    ]);
    expect(labels({ action: { details } })).toEqual(["Paid", "Odd"]);
  });

  it.each([
    ["{{action.total}} {{action.unit}} now", [money, " now"]],
    ["Now {{action.unit}}{{action.total}}", ["Now ", money]],
    ["{{action.total}} in {{action.unit}}", [money, " in ", { value: "EUR" }]],
    ["{{action.unit}} {{action.unit}}", [{ value: "EUR" }, " ", { value: "EUR" }]],
  ])("names the currency of %s once", async (template, message) => {
    expect((await described(template)).message).toEqual(message);
  });

  it("shows money without a currency as it was written", async () => {
    const { message, details } = await described("Pay {{action.total}}", { total: "1250.5", odd: "x" });
    expect(message).toEqual(["Pay ", { value: "1250.5" }]);
    expect(details).toEqual([{ label: "Odd", value: "x" }]);
  });
});
