// One of several processes that claim the same approvals.
import { createClient } from "redis";
import { contend } from "../../../sql/test/processes/contend.ts";
import { createRedisLedger } from "../../src/index.ts";

const { REDIS: url = "", PREFIX: prefix = "" } = process.env;
const client = await createClient({ url, disableOfflineQueue: true }).connect();
await contend(await createRedisLedger(client, { prefix }));
client.destroy();
