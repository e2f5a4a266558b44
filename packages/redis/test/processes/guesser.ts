// One of several processes in which the same user's codes are guessed. What the engine knows is in a file that they share, its
// attempt counters are on Redis.
import { createClient } from "redis";
import { createSqliteStore } from "../../../sql/src/index.ts";
import { openSqliteFile } from "../../../sql/test/databases.ts";
import { guess } from "../../../sql/test/processes/guess.ts";
import { createRedisAttempts } from "../../src/index.ts";

const { REDIS: url = "", PREFIX: prefix = "", SQLITE_FILE: file = "" } = process.env;
const client = await createClient({ url, disableOfflineQueue: true }).connect();
// All guesses are sent at once, and a busy machine needs its time for them.
const attempts = await createRedisAttempts(client, {
  prefix,
  checks: { persistence: "warn" },
  commandTimeoutMs: 20_000,
});
await guess({ ...createSqliteStore(openSqliteFile(file), { busyTimeoutMs: 30_000 }), ...attempts });
