// One of several processes that count the same thing, each as fast as it can.
import { createPostgresStore, createSqliteStore } from "../../src/index.ts";
import { openPool, openSqliteFile, PATIENCE_MS } from "../databases.ts";

const TIMES = 100;
const { SQLITE_FILE: file, SCHEMA: schema = "" } = process.env;

const store = file
  ? createSqliteStore(openSqliteFile(file), { busyTimeoutMs: 30_000 })
  : await createPostgresStore(openPool({ max: 3 }), { schema, queryTimeoutMs: PATIENCE_MS });
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));

for (let time = 0; time < TIMES; time++) {
  await store.gather({
    key: { userId: "alice", action: "pay", idempotencyKey: `${process.pid}-${time}` },
    counters: [{ key: ["velocity"], windowMs: 3_600_000, amount: 1n }],
    needsUser: false,
    needsDeviceCount: false,
    now: time,
  });
}
process.stdout.write("done\n");
process.exit();
