import type { AuditEvent } from "@require-action/engine/store";
import { expect, it } from "vitest";
import { createRequestLog } from "../src/serve/request-log.ts";

function linesOf(...events: readonly Partial<AuditEvent>[]): readonly string[] {
  const lines: string[] = [];
  const log = createRequestLog((line) => void lines.push(line));
  const common = { at: Date.UTC(2026, 0, 15, 12), userId: "alice", action: "withdraw-funds" };
  for (const event of events) log.onEvent({ type: "action.tracked", ...common, ...event });
  return lines;
}

it("tells action, user, outcome and rule, in columns", () => {
  const header = createRequestLog(() => undefined).header;
  const lines = linesOf(
    { outcome: "BLOCK", ruleIds: ["blocked-payee", "small"] },
    { outcome: "CHALLENGE", undecidedRuleIds: ["far-away"] },
    { type: "action.transitioned", state: "CHALLENGE_SUCCEEDED", verificationMethod: "PASSKEY" },
    { type: "action.refused", reason: "action_unknown" },
    { type: "action.refused", reason: "request_unresolvable", detail: "custom.amount is not a text" },
    { type: "challenge.sent" },
  );
  expect([header, ...lines]).toEqual([
    "time      action                  user                      outcome              rule",
    "12:00:00  withdraw-funds          alice                     BLOCK                blocked-payee, small",
    "12:00:00  withdraw-funds          alice                     CHALLENGE            default (unknown: far-away)",
    "12:00:00  withdraw-funds          alice                     CHALLENGE_SUCCEEDED  PASSKEY",
    "12:00:00  withdraw-funds          alice                     refused              action_unknown",
    "12:00:00  withdraw-funds          alice                     refused              request_unresolvable: custom.amount is not a text",
  ]);
});

it.each(["a\r\nb", "\u001b[2J", "a\u2028b", "\u202egnp", "\u0000", "a\u0085b", "\ud800", "\u061cx"])(
  "T43: an id as %j is one line of visible characters",
  (userId) => {
    const [line = ""] = linesOf({ userId, outcome: "ALLOW", ruleIds: [userId] });
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(line).toContain("\\u{");
  },
);

it("T43: so is an address that a code was sent to", () => {
  const lines: string[] = [];
  const { onEntry } = createRequestLog((line) => void lines.push(line));
  const message = {
    code: "123456",
    purpose: "challenge",
    idempotencyKey: "key",
    userId: "alice",
    action: "x",
    custom: {},
    expiresAt: 0,
  } as const;
  onEntry({ kind: "email", at: 0, to: "a@b.example\r\nfake line", ...message });
  expect(lines).toEqual(["          code 123456 to a@b.example\\u{d}\\u{a}fake line by email, for x"]);
});

it("cuts what is too long for its column", () => {
  const [line = ""] = linesOf({ userId: "u".repeat(100), outcome: "ALLOW" });
  expect(line).toContain(`${"u".repeat(23)}…  ALLOW`);
});
