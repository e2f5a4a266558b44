// One of several processes that claim the same approvals: 25 at once, round after round, each begun by a line on stdin.
import { createInterface } from "node:readline";
import { createClient } from "redis";
import { createRedisLedger } from "../../src/index.ts";

const CONCURRENT = 25;
const { REDIS: url = "", PREFIX: prefix = "" } = process.env;
const client = await createClient({ url, disableOfflineQueue: true }).connect();
const ledger = await createRedisLedger(client, { prefix });
process.stdout.write("ready\n");

for await (const round of createInterface({ input: process.stdin })) {
  if (round === "end") break;
  const claims = Array.from({ length: CONCURRENT }, (_, index) =>
    ledger.claim(`round-${round}`, `${process.pid}-${index}`, 600_000),
  );
  const won = (await Promise.all(claims)).filter(Boolean).length;
  process.stdout.write(`${won}\n`);
}
client.destroy();
