import { randomBytes } from "node:crypto";
import { createEngine, createMemoryStore } from "@require-action/engine";
import { ACTION, policyOf, withdrawal } from "../subject-policy.ts";

const [count = "1"] = process.argv.slice(2);
const RULES = 10;
/** As long as a sealed key. */
const KEY_BYTES = 73;

const most = Number(count) + 1;
const engine = createEngine({
  policy: policyOf(RULES),
  secrets: ["a-secret-of-the-bench-that-is-32-bytes-long"],
  issuer: "bench",
  baseUrl: "https://bench.example",
  store: createMemoryStore({ limits: { actions: most, events: most } }),
});
const options = { signal: new AbortController().signal };
async function isAllowed(action: number): Promise<boolean> {
  const idempotencyKey = randomBytes(KEY_BYTES).toString("base64url");
  const attributes = { idempotencyKey, ipAddress: "203.0.113.7", userAgent: "bench/1", custom: withdrawal };
  const boundFields = Object.keys(withdrawal);
  return (
    (await engine.track({ userId: `user-${action % 1_000}`, action: ACTION, attributes, boundFields }, options))
      .state === "ALLOW"
  );
}
const used = (): number => {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
// Once more than needed, so that what is made on first use is there.
await isAllowed(0);
const before = used();
let kept = 0;
for (let action = 0; action < Number(count); action++) if (await isAllowed(action)) kept++;
process.send!({ bytes: (used() - before) / kept, kept });
process.disconnect();
