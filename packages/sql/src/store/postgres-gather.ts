import type { DecisionFacts, DecisionQuery } from "@require-action/engine";
import type { Driver } from "../driver.ts";
import { counterKey, type StoredCounter, storedCounters } from "./counter-key.ts";
import { recordOf } from "./documents.ts";
import { factParameters, factsOf, factStatements, recordedQuery } from "./facts.ts";

/** The first trip of a decision, in one statement. */
export function createPostgresGather(driver: Driver): (query: DecisionQuery) => Promise<DecisionFacts> {
  const { dialect } = driver;
  const velocity = dialect.table("velocity");
  const factsOnly = factStatements(dialect, recordedQuery(dialect), (columns, from) => `SELECT ${columns} ${from}`);
  // The lock on a counter's row makes parallel requests see each other; taken in one order, so that none wait in a ring.
  const withCounters = factStatements(
    dialect,
    "SELECT document FROM recorded",
    (columns, from) => `WITH recorded AS (${recordedQuery(dialect)}),
      bumped AS (
        INSERT INTO ${velocity} AS kept (key, parts, oldest_part, expires_at)
        SELECT key, jsonb_build_object(part, amount), oldest, expires
        FROM jsonb_to_recordset($bumps)
          AS bump(key text, part text, amount numeric, oldest double precision, expires double precision)
        WHERE amount > 0 AND NOT EXISTS (SELECT 1 FROM recorded)
        ORDER BY key
        ON CONFLICT (key) DO UPDATE SET
          parts = (
            SELECT jsonb_object_agg(part, amount) FROM (
              SELECT key AS part, sum(value::numeric) AS amount
              FROM (SELECT * FROM jsonb_each_text(kept.parts) UNION ALL SELECT * FROM jsonb_each_text(excluded.parts)) AS added
              WHERE key::double precision >= excluded.oldest_part GROUP BY key
            ) AS summed
          ),
          oldest_part = excluded.oldest_part,
          expires_at = greatest(kept.expires_at, excluded.expires_at)
        RETURNING key, (SELECT sum(value::numeric) FROM jsonb_each_text(parts)) AS total
      ),
      looked_at AS (
        SELECT key, (
          SELECT sum(value::numeric) FROM jsonb_each_text(parts) AS one(part, value) WHERE part::double precision >= oldest
        ) AS total
        FROM jsonb_to_recordset($bumps) AS bump(key text, amount numeric, oldest double precision)
        JOIN ${velocity} USING (key) WHERE amount = 0
      )
      SELECT ${columns},
        CAST((
          SELECT json_object_agg(key, total::text) FROM (SELECT * FROM bumped UNION ALL SELECT * FROM looked_at) AS totals
        ) AS text) AS totals
      ${from}`,
  );

  return async (query) => {
    const stored = storedCounters(query.counters, query.now);
    const parameters = { ...factParameters(query), bumps: [...stored.values()].map(asJson) };
    const statements = stored.size === 0 ? factsOnly : withCounters;
    const [row] = await driver.run(statements(query), parameters);
    const totals = new Map(Object.entries((recordOf(row, "totals") ?? {}) as Record<string, string | null>));
    const counters = query.counters.map(({ key }) => BigInt(totals.get(counterKey(key)) ?? 0));
    return factsOf(row!, query, counters);
  };
}

function asJson({ amount, ...counter }: StoredCounter): object {
  return { ...counter, amount: String(amount) };
}
