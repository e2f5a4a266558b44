import { createGuard, createMemoryLedger, type GuardRequest } from "@require-action/core";
import { createEngine, createMemoryStore, type Policy } from "@require-action/engine";
import { createScriptedProvider } from "@require-action/testing";
import { measure } from "./measure.ts";

const RULES = 10;
const sealSecrets = ["a-secret-of-the-bench-that-is-32-bytes-long"];
const ledger = createMemoryLedger();
const user = (): string => "alice";
const body = { amount: "40.00", currency: "EUR", payee: "DE02120300000000202051" };

const policy: Policy = {
  dataPoints: [
    { name: "amount", type: "decimal" },
    { name: "currency", type: "text" },
    { name: "payee", type: "text" },
  ],
  actions: {
    "withdraw-funds": {
      defaultOutcome: "ALLOW",
      rules: Array.from({ length: RULES }, (_, index) => ({
        ruleId: `rule-${index}`,
        name: `Amounts over ${1000 + index} to one payee`,
        priority: index,
        type: "CHALLENGE",
        conditions: {
          and: [{ ">": [{ var: "custom.amount" }, 1000 + index] }, { "==": [{ var: "custom.payee" }, `p-${index}`] }],
        },
      })),
    },
  },
};

/** A store that keeps nothing would be faster than any real one; a full one would refuse. */
const engine = createEngine({
  policy,
  secrets: sealSecrets,
  issuer: "bench",
  baseUrl: "https://bench.example",
  store: createMemoryStore({ limits: { actions: 5_000_000, events: 5_000_000 } }),
});

/** A new request each time, as an adapter makes one. */
function request(): GuardRequest<object> {
  return {
    native: {},
    method: "POST",
    target: "/withdrawals",
    ip: "203.0.113.7",
    header: (name) => (name === "user-agent" ? "bench/1" : undefined),
    body: { sent: true, read: true, value: body },
    closed: () => false,
  };
}

/** A provider that costs nothing: what is left is the guard. */
const trivial = {
  ...createScriptedProvider(),
  track: async ({ attributes: { idempotencyKey } }: Parameters<typeof engine.track>[0]) => ({
    state: "ALLOW" as const,
    outcome: "ALLOW" as const,
    isEnrolled: true,
    idempotencyKey: idempotencyKey!,
  }),
};

const bind = (): Record<string, string> => body;
const guardAlone = createGuard({ provider: trivial, ledger, sealSecrets, user }).protect("withdraw-funds", { bind });
const wholeRequest = createGuard({ provider: trivial, ledger, sealSecrets, user }).protect("withdraw-funds");
const guardAndEngine = createGuard({ provider: engine, ledger, sealSecrets, user }).protect("withdraw-funds", { bind });

const options = { signal: new AbortController().signal };
let calls = 0;
const byHand = async (): Promise<void> => {
  // The seed's own snippet: it tracks, looks at the state, and binds nothing.
  const { state } = await engine.track(
    {
      userId: "alice",
      action: "withdraw-funds",
      attributes: {
        idempotencyKey: `by-hand-${++calls}`,
        ipAddress: "203.0.113.7",
        userAgent: "bench/1",
        custom: body,
      },
    },
    options,
  );
  if (state !== "ALLOW") throw new Error(state);
};

async function mustProceed(verdict: Promise<{ readonly kind: string }>): Promise<void> {
  if ((await verdict).kind !== "proceed") throw new Error("the bench measures ALLOW only");
}

const [hand, ...ours] = await measure([
  { name: `hand-written, engine with ${RULES} rules`, run: byHand },
  { name: `guard and engine with ${RULES} rules`, run: () => mustProceed(guardAndEngine(request())) },
  { name: "guard alone, bound fields", run: () => mustProceed(guardAlone(request())) },
  { name: "guard alone, whole request", run: () => mustProceed(wholeRequest(request())) },
]);
console.log("One ALLOW in process: microseconds of CPU, median of 15 rounds of 4,000 calls, side by side.\n");
for (const { name, microseconds } of [hand!, ...ours]) {
  const ratio = (microseconds / hand!.microseconds).toFixed(2);
  console.log(`${name.padEnd(40)} ${microseconds.toFixed(1).padStart(7)} µs   ${ratio.padStart(5)} × hand-written`);
}
