import { randomBytes } from "node:crypto";
import { createMemoryLedger } from "@require-action/core";

const [count = "1"] = process.argv.slice(2);
const HOUR_MS = 3_600_000;
/** Claims do not all begin in one moment: they end over ten minutes. */
const SPREAD_MS = 600_000;

const ledger = createMemoryLedger();
/** As guards claim: a digest, a random owner, and when the approval was given. */
function claim(ttl: number): Promise<boolean> {
  return ledger.claim(randomBytes(32).toString("base64url"), randomBytes(16).toString("base64url"), ttl, Date.now());
}
const used = (): number => {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
// Once more than needed, so that what is made on first use is there.
await claim(HOUR_MS);
const before = used();
let won = 0;
for (let made = 0; made < Number(count); made++) {
  if (await claim(HOUR_MS + Math.floor((made / Number(count)) * SPREAD_MS))) won++;
}
process.send!({ bytes: (used() - before) / won, kept: Math.min(won, ledger.size - 1) });
process.disconnect();
