// One of several processes that claim the same approvals: 25 at once, round after round, each begun by a line on stdin.
import { createInterface } from "node:readline";
import { openLedger } from "./open-ledger.ts";

const CONCURRENT = 25;
const { ledger, close } = await openLedger();
process.stdout.write("ready\n");

for await (const round of createInterface({ input: process.stdin })) {
  if (round === "end") break;
  const claims = Array.from({ length: CONCURRENT }, (_, index) =>
    ledger.claim(`round-${round}`, `${process.pid}-${index}`, 600_000),
  );
  const won = (await Promise.all(claims)).filter(Boolean).length;
  process.stdout.write(`${won}\n`);
}
await close();
