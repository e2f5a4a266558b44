import { readFileSync } from "node:fs";
import { pino } from "pino";
import { createMemoryLedger } from "@require-action/core";
import { ProviderError } from "@require-action/core/provider";
import { afterEach, describe, expect, it } from "vitest";
import { type Bank, openBank } from "./bank.ts";
import { logTo } from "./recipes/structured-log.ts";

let bank: Bank | undefined;
afterEach(() => bank?.close());

/** A pino that writes its lines to a list. */
function listed(): { readonly lines: string[]; readonly logger: pino.Logger } {
  const lines: string[] = [];
  return { lines, logger: pino({ base: null }, { write: (text: string) => void lines.push(text) }) };
}

const parsed = (lines: readonly string[]): Record<string, unknown>[] => lines.map((line) => JSON.parse(line));

describe("the recipe for a structured log", () => {
  it("T43: writes one line of JSON for each event, without tokens, keys or what is bound", async () => {
    const { lines, logger } = listed();
    bank = await openBank({ on: logTo(logger), ledger: createMemoryLedger() });
    bank.provider.answerNext("CHALLENGE_REQUIRED");
    const { token, idempotencyKey } = (await (await bank.withdraw()).json()) as Record<string, string>;
    const result = bank.provider.completeChallenge(token!);
    await bank.withdraw({ "action-token": result });
    await bank.withdraw({ "action-token": "canary-token" });
    const events = parsed(lines).map(({ event }) => event);
    expect(events).toEqual(["call", "decision", "refusal", "call", "claim", "proceed", "call", "refusal"]);
    for (const secret of [token, idempotencyKey, result, "canary-token", "canary-payee"])
      expect(lines.join("")).not.toContain(`"${secret}`);
  });

  it.each(["a\nb", "a\r\nb", "\u001b[31ma", "a\u2028b", 'a","level":60,"x":"'])(
    "T43: is not written to by an id such as %j",
    (text) => {
      const { lines, logger } = listed();
      const about = { action: text, userId: text, actionId: text, observed: false, fallback: false };
      logTo(logger)({ type: "refusal", ...about, code: "action_blocked", reason: text, status: 403 });
      logTo(logger)({ type: "breaker", provider: text, state: "open" });
      expect(lines.map((line) => line.indexOf("\n"))).toEqual(lines.map((line) => line.length - 1));
      expect(["\u001b", "\r"].filter((control) => lines.join("").includes(control))).toEqual([]);
      expect(parsed(lines)).toMatchObject([
        { userId: text, reason: text, level: 30 },
        { provider: text, level: 40 },
      ]);
    },
  );

  it("F11: raises the level of what lets a request through undecided, and of what fails", async () => {
    const { lines, logger } = listed();
    bank = await openBank({ on: logTo(logger), onUnavailable: "allow" });
    bank.provider.override("track", () =>
      Promise.reject(new ProviderError("provider_unavailable", "503", { retryAfterSeconds: 1 })),
    );
    await bank.withdraw();
    expect(parsed(lines).map(({ event, level }) => [event, level])).toContainEqual(["failure", 40]);
    expect(parsed(lines).at(-1)).toMatchObject({ event: "proceed", level: 50, failedOpen: true });
  });

  it("is the one in the documentation", () => {
    const code = readFileSync(new URL("recipes/structured-log.ts", import.meta.url), "utf8");
    const text = readFileSync(new URL("../../../docs/observability.md", import.meta.url), "utf8");
    expect(text).toContain(code.trim());
  });
});
