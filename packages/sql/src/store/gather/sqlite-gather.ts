import type { DecisionFacts, DecisionQuery } from "@require-action/engine/store";
import type { SqliteDriver } from "../../sqlite/sqlite-driver.ts";
import type { Statement } from "../../database/driver.ts";
import {
  counterKey,
  factParameters,
  factsOf,
  factStatements,
  recordedQuery,
  type StoredCounter,
  storedCounters,
} from "./facts.ts";
import { recordOf } from "../records/documents.ts";

/**
 * The first trip of a decision: one query without counters, else one transaction of three statements. Sums are made here,
 * since SQLite's integers end where amounts may not.
 */
export function createSqliteGather(driver: SqliteDriver): (query: DecisionQuery) => DecisionFacts {
  const { dialect } = driver;
  const velocity = dialect.table("velocity");
  const facts = factStatements(dialect, recordedQuery(dialect), (columns, from) => `SELECT ${columns} ${from}`);
  const read: Statement = {
    main: `SELECT key, parts FROM ${velocity} WHERE ${dialect.isAmong("key", dialect.texts("$keys"))}`,
  };
  const write: Statement = {
    main: `INSERT INTO ${velocity} AS kept (key, parts, oldest_part, expires_at)
      SELECT value ->> 'key', value ->> 'parts', value ->> 'oldest', value ->> 'expires' FROM json_each($velocity)
      WHERE true ON CONFLICT (key) DO UPDATE SET
        parts = excluded.parts,
        oldest_part = excluded.oldest_part,
        expires_at = max(kept.expires_at, excluded.expires_at)
      RETURNING key`,
  };

  function bump(stored: ReadonlyMap<string, StoredCounter>): ReadonlyMap<string, bigint> {
    const totals = new Map<string, bigint>();
    const written: object[] = [];
    const rows = driver.runNow(read, { keys: [...stored.keys()] });
    const kept = new Map(rows.map((row) => [row["key"], recordOf(row, "parts") as Record<string, string>]));
    for (const { key, part, oldest, expires, amount } of stored.values()) {
      const parts: Record<string, string> = {};
      let total = amount;
      for (const [name, value] of Object.entries(kept.get(key) ?? {})) {
        if (Number(name) < oldest) continue;
        parts[name] = value;
        total += BigInt(value);
      }
      totals.set(key, total);
      if (amount === 0n) continue;
      parts[part] = String(BigInt(parts[part] ?? 0) + amount);
      written.push({ key, parts, oldest, expires });
    }
    if (written.length > 0) driver.runNow(write, { velocity: written });
    return totals;
  }

  return (query) => {
    const parameters = factParameters(query);
    const stored = storedCounters(query.counters, query.now);
    const look = (): DecisionFacts => {
      const [row] = driver.runNow(facts(query), parameters);
      const isRecorded = typeof row!["recorded"] === "string";
      const totals = isRecorded || stored.size === 0 ? new Map<string, bigint>() : bump(stored);
      const counters = query.counters.map(({ key }) => totals.get(counterKey(key)) ?? 0n);
      return factsOf(row!, query, counters);
    };
    const writes = [...stored.values()].some(({ amount }) => amount > 0n);
    return writes ? driver.transaction(look) : look();
  };
}
