import { randomBytes } from "node:crypto";
import { createMemoryLedger } from "@require-action/core";

const [count = "1"] = process.argv.slice(2);
const HOUR_MS = 3_600_000;
/** Claims do not all begin in one moment: they end over ten minutes. */
const SPREAD_MS = 600_000;

const ledger = createMemoryLedger();
const used = (): number => {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
// Once more than needed, so that what is made on first use is there.
await ledger.claim(randomBytes(32).toString("base64url"), randomBytes(16).toString("base64url"), HOUR_MS);
const before = used();
let won = 0;
for (let claim = 0; claim < Number(count); claim++) {
  const ttl = HOUR_MS + Math.floor((claim / Number(count)) * SPREAD_MS);
  if (await ledger.claim(randomBytes(32).toString("base64url"), randomBytes(16).toString("base64url"), ttl)) won++;
}
process.send!({ bytes: (used() - before) / won, kept: Math.min(won, ledger.size - 1) });
process.disconnect();
