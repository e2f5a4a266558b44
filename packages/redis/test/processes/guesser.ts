// One of several processes in which the same user's codes are guessed, 25 at once over many sessions. What the engine knows
// is in a file that they share, its attempt counters are on Redis.
import { otherThan } from "@require-action-test/support/codes";
import { createClient } from "redis";
import { createHarness } from "../../../engine/test/harness.ts";
import { createSqliteStore } from "../../../sql/src/index.ts";
import { openSqliteFile } from "../../../sql/test/databases.ts";
import { createRedisAttempts } from "../../src/index.ts";

const CONCURRENT = 25;
const { REDIS: url = "", PREFIX: prefix = "", SQLITE_FILE: file = "", TOKENS = "", RIGHT_CODE = "", NOW } = process.env;

const client = await createClient({ url, disableOfflineQueue: true }).connect();
// All guesses are sent at once, and a busy machine needs its time for them.
const attempts = await createRedisAttempts(client, { prefix, commandTimeoutMs: 20_000 });
const store = { ...createSqliteStore(openSqliteFile(file), { busyTimeoutMs: 30_000 }), ...attempts };
const { engine } = createHarness({ store, clock: { now: () => Number(NOW) } });
const tokens = TOKENS.split(" ");
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));

const outcomes = await Promise.all(
  Array.from({ length: CONCURRENT }, (_, index) => {
    const token = tokens[(process.pid + index) % tokens.length]!;
    return engine.challenges.verify(token, "AUTHENTICATOR_APP", otherThan(RIGHT_CODE)).then(
      ({ isVerified }) => (isVerified ? "verified" : "evaluated"),
      (error: unknown) => (error instanceof Error && "reason" in error ? error.reason : String(error)),
    );
  }),
);
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
process.exit();
