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
 * The first trip of a decision: one query without counters, else one transaction. Sums are made here,
 * since SQLite's integers end where amounts may not.
 */
export function createSqliteGather(driver: SqliteDriver): (query: DecisionQuery) => DecisionFacts {
  const { dialect } = driver;
  const velocity = dialect.table("velocity");
  const facts = factStatements(dialect, recordedQuery(dialect), (columns, from) => `SELECT ${columns} ${from}`);
  const read: Statement = { main: `SELECT parts FROM ${velocity} WHERE key = $key` };
  const write = `INSERT INTO ${velocity} AS kept (key, parts, oldest_part, expires_at)
    VALUES ($key, $velocity, $oldestPart, $endsAt) ON CONFLICT (key) DO UPDATE SET
      parts = excluded.parts,
      oldest_part = excluded.oldest_part,
      expires_at = max(kept.expires_at, excluded.expires_at)`;

  /** Adds to a counter, and answers with its sum. */
  function bump({ key, part, oldest, expires: endsAt, amount }: StoredCounter): bigint {
    const [row] = driver.runNow(read, { key });
    const parts: Record<string, string> = {};
    let total = amount;
    for (const [name, value] of Object.entries((recordOf(row, "parts") ?? {}) as Record<string, string>)) {
      if (Number(name) < oldest) continue;
      parts[name] = value;
      total += BigInt(value);
    }
    if (amount === 0n) return total;
    parts[part] = String(BigInt(parts[part] ?? 0) + amount);
    driver.change(write, { key, velocity: parts, oldestPart: oldest, endsAt });
    return total;
  }

  return (query) => {
    const parameters = factParameters(query);
    const stored = storedCounters(query.counters, query.now);
    const look = (): DecisionFacts => {
      const [row] = driver.runNow(facts(query), parameters);
      const isRecorded = typeof row!["recorded"] === "string";
      const totals = new Map<string, bigint>();
      if (!isRecorded) for (const counter of stored.values()) totals.set(counter.key, bump(counter));
      const counters = query.counters.map(({ key }) => totals.get(counterKey(key)) ?? 0n);
      return factsOf(row!, query, counters);
    };
    const writes = [...stored.values()].some(({ amount }) => amount > 0n);
    return writes ? driver.transaction(look) : look();
  };
}
