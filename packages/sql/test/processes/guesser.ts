// One of several processes in which the same user's codes are guessed, 25 at once over many sessions.
import { otherThan } from "@require-action-test/support/codes";
import { EngineError } from "@require-action/engine";
import { createHarness } from "../../../engine/test/harness.ts";
import { createPostgresStore, createSqliteStore } from "../../src/index.ts";
import { openPool, openSqliteFile } from "../databases.ts";

const CONCURRENT = 25;
const { SQLITE_FILE: file, SCHEMA: schema = "", TOKENS = "", RIGHT_CODE = "", NOW } = process.env;

const store = file
  ? createSqliteStore(openSqliteFile(file), { busyTimeoutMs: 30_000 })
  : await createPostgresStore(openPool({ max: 3 }), { schema });
const { engine } = createHarness({ store, clock: { now: () => Number(NOW) } });
const tokens = TOKENS.split(" ");
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));

const outcomes = await Promise.all(
  Array.from({ length: CONCURRENT }, (_, index) => {
    const token = tokens[(process.pid + index) % tokens.length]!;
    return engine.challenges.verify(token, "AUTHENTICATOR_APP", otherThan(RIGHT_CODE)).then(
      ({ isVerified }) => (isVerified ? "verified" : "evaluated"),
      (error: unknown) => (error instanceof EngineError ? error.reason : String(error)),
    );
  }),
);
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
process.exit();
