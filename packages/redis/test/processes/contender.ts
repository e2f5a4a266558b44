// One of several processes that claim the same approvals.
import { createClient } from "redis";
import { contend } from "../../../sql/test/processes/contend.ts";
import { createRedisLedger } from "../../src/index.ts";

const { REDIS: url = "", PREFIX: prefix = "" } = process.env;
const client = await createClient({ url, disableOfflineQueue: true }).connect();
// All claims are sent at once, and a busy machine needs its time for them.
await contend(await createRedisLedger(client, { prefix, checks: { persistence: "warn" }, commandTimeoutMs: 20_000 }));
client.destroy();
