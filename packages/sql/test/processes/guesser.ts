// One of several processes in which the same user's codes are guessed.
import { createPostgresStore, createSqliteStore } from "../../src/index.ts";
import { openPool, openSqliteFile, PATIENCE_MS } from "../databases.ts";
import { guess } from "./guess.ts";

const { SQLITE_FILE: file, SCHEMA: schema = "" } = process.env;
await guess(
  file
    ? createSqliteStore(openSqliteFile(file), { busyTimeoutMs: 30_000 })
    : await createPostgresStore(openPool({ max: 3 }), { schema, queryTimeoutMs: PATIENCE_MS }),
);
