import { createGuard, createMemoryLedger } from "@require-action/core";
import type { GuardRequest } from "@require-action/core/adapter";
import type { GuardEvent } from "@require-action/core/events";
import { expect, it } from "vitest";
import { createEngine, createMemoryStore } from "../src/index.ts";

function request(): GuardRequest<object> {
  return {
    native: {},
    method: "POST",
    target: "/withdrawals",
    ip: "203.0.113.7",
    header: () => undefined,
    body: { sent: false, read: true, value: undefined },
    closed: () => false,
    whenEnded: () => {},
  };
}

it("T50: a store that one user has filled opens no door, whatever onUnavailable says", async () => {
  const events: GuardEvent[] = [];
  const provider = createEngine({
    policy: { actions: { pay: { defaultOutcome: "CHALLENGE" } } },
    secrets: ["an engine secret for tests, 32 bytes"],
    issuer: "Tests",
    baseUrl: "https://bank.example/auth",
    store: createMemoryStore({ limits: { actions: 2 } }),
  });
  const pay = createGuard({
    provider,
    ledger: createMemoryLedger(),
    sealSecrets: ["a seal secret for tests, 32 bytes long"],
    user: () => "mallory",
    onUnavailable: "allow",
    on: (event) => events.push(event),
  }).protect("pay");

  const codes: string[] = [];
  for (let asked = 0; asked < 4; asked++) {
    const verdict = await pay(request());
    codes.push(verdict.kind === "reply" ? verdict.code : verdict.kind);
  }
  expect(codes).toEqual(["enrollment_required", "enrollment_required", "decision_unavailable", "decision_unavailable"]);
  expect(events.filter(({ type }) => type === "failure")).toMatchObject([
    { code: "provider_busy" },
    { code: "provider_busy" },
  ]);
});
