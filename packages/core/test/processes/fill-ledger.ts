// A process of its own, so that its memory is all the ledger's. Fills a memory ledger, and tells what that took.
import { createHash } from "node:crypto";
import { createManualClock } from "@require-action/testing";
import { createMemoryLedger } from "../../src/index.ts";

const CLAIMS = 1_000_000;
const collectGarbage = (globalThis as { gc?: () => void }).gc!;

/** As the guard makes them: 32 and 16 bytes of base64url, each text with memory of its own. */
const digest = (seed: string): Buffer => createHash("sha256").update(seed).digest();
const key = (claim: number | string): string => digest(`key ${claim}`).toString("base64url");
const owner = (claim: number): string => digest(`owner ${claim}`).subarray(0, 16).toString("base64url");

function inUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const clock = createManualClock();
const ledger = createMemoryLedger({ clock, maxClaims: CLAIMS });
const before = { bytes: inUse(), rss: process.memoryUsage().rss };
for (let claim = 0; claim < CLAIMS; claim++) {
  // As they come in: 2,000 a second, each for ten minutes.
  if (claim % 2_000 === 0) clock.advance(1_000);
  await ledger.claim(key(claim), owner(claim), 600_000);
}
const bytes = inUse() - before.bytes;
const rss = process.memoryUsage().rss - before.rss;

let replayed = 0;
let unknown = 0;
for (let claim = 0; claim < CLAIMS; claim++) {
  if (await ledger.claim(key(claim), "attacker", 600_000)) replayed++;
}
for (let claim = 0; claim < CLAIMS; claim += 1_000) {
  if (!(await ledger.claim(key(claim), owner(claim), 600_000))) unknown++;
}
let refused = 0;
for (let late = 0; late < 1_000; late++) {
  await ledger.claim(key(`late ${late}`), "late", 600_000).catch(() => refused++);
}
const held = ledger.size;
clock.advance(601_000);
await ledger.claim("after", "after", 600_000);
const left = ledger.size;
const bytesLeft = inUse() - before.bytes;
process.stdout.write(
  JSON.stringify({ bytesPerClaim: bytes / CLAIMS, rss, held, replayed, unknown, refused, left, bytesLeft }),
);
process.exit();
