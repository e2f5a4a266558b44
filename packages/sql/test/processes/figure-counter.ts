// One of several processes that count the same figures once, at a time that they are told.
import { createEngine } from "@require-action/engine";
import { createPostgresStore, createSqliteStore } from "../../src/index.ts";
import { openPool, openSqliteFile, PATIENCE_MS } from "../databases.ts";

const { SQLITE_FILE: file, SCHEMA: schema = "", NOW } = process.env;

const store = file
  ? createSqliteStore(openSqliteFile(file), { busyTimeoutMs: 30_000 })
  : await createPostgresStore(openPool({ max: 3 }), { schema, queryTimeoutMs: PATIENCE_MS });
const { figures } = createEngine({
  policy: { actions: {} },
  secrets: ["engine-secret-engine-secret-engine!!"],
  issuer: "bank",
  baseUrl: "https://bank.example",
  clock: { now: () => Number(NOW) },
  store,
});
process.stdout.write("ready\n");
await figures.count();
process.stdout.write("done\n");
process.exit();
