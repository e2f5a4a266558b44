import { createInterface } from "node:readline";
import type { Ledger } from "@require-action/core/ledger";

const CONCURRENT = 25;

/** Claims the same approvals as other processes do: 25 at once, round after round, each begun by a line on stdin. */
export async function contend(ledger: Ledger): Promise<void> {
  process.stdout.write("ready\n");
  for await (const round of createInterface({ input: process.stdin })) {
    if (round === "end") break;
    const claims = Array.from({ length: CONCURRENT }, (_, index) =>
      ledger.claim(`round-${round}`, `${process.pid}-${index}`, 600_000),
    );
    const won = (await Promise.all(claims)).filter(Boolean).length;
    process.stdout.write(`${won}\n`);
  }
}
