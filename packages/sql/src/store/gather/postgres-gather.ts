import type { DecisionFacts, DecisionQuery } from "@require-action/engine/store";
import type { Driver } from "../../database/driver.ts";
import type { Parameters } from "../../database/parameters.ts";
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

/** The first trip of a decision, in one statement. */
export function createPostgresGather(driver: Driver): (query: DecisionQuery) => Promise<DecisionFacts> {
  const { dialect } = driver;
  const velocity = dialect.table("velocity");
  const factsOnly = factStatements(dialect, recordedQuery(dialect), (columns, from) => `SELECT ${columns} ${from}`);
  // The lock on a counter's row makes parallel requests see each other; taken in one order, so that none wait in a ring.
  const bump = (added: string): string => `INSERT INTO ${velocity} AS kept (key, parts, oldest_part, expires_at)
    ${added} ON CONFLICT (key) DO UPDATE SET
      parts = CASE
        WHEN kept.oldest_part = excluded.oldest_part THEN kept.parts || ${ADDED_TO_PART}
        ELSE ${PARTS_OF_WINDOW}
      END,
      oldest_part = excluded.oldest_part,
      expires_at = greatest(kept.expires_at, excluded.expires_at)
    RETURNING key, (SELECT sum(value::numeric) FROM jsonb_each_text(parts)) AS total`;
  const withCounters = (bumped: string, totals: string): ReturnType<typeof factStatements> =>
    factStatements(
      dialect,
      "SELECT document FROM recorded",
      (columns, from) => `WITH recorded AS (${recordedQuery(dialect)}), ${bumped}
        SELECT ${columns}, CAST((SELECT json_object_agg(key, total::text) FROM ${totals}) AS text) AS totals ${from}`,
    );
  // Most decisions bump one counter, and what takes a list apart costs more than the bump itself.
  const withOne = withCounters(
    `bumped AS (${bump(`SELECT $key, jsonb_build_object($part, $amount), $oldestPart, $endsAt
      WHERE NOT EXISTS (SELECT 1 FROM recorded)`)})`,
    "bumped",
  );
  const withMany = withCounters(
    `bumped AS (${bump(`SELECT key, jsonb_build_object(part, amount), oldest, expires
      FROM jsonb_to_recordset($bumps)
        AS bump(key text, part text, amount numeric, oldest double precision, expires double precision)
      WHERE amount > 0 AND NOT EXISTS (SELECT 1 FROM recorded) ORDER BY key`)}),
      looked_at AS (
        SELECT key, (
          SELECT sum(value::numeric) FROM jsonb_each_text(parts) AS one(part, value) WHERE part::double precision >= oldest
        ) AS total
        FROM jsonb_to_recordset($bumps) AS bump(key text, amount numeric, oldest double precision)
        JOIN ${velocity} USING (key) WHERE amount = 0
      )`,
    "(SELECT * FROM bumped UNION ALL SELECT * FROM looked_at) AS totals",
  );

  /** The statement that suits the counters, with what it needs of them. */
  function counting(stored: readonly StoredCounter[]): readonly [typeof factsOnly, Parameters] {
    const [first, ...others] = stored;
    if (first === undefined) return [factsOnly, {}];
    if (others.length > 0 || first.amount === 0n) return [withMany, { bumps: stored.map(asJson) }];
    const { key, part, amount, oldest, expires } = first;
    return [withOne, { key, part, amount: String(amount), oldestPart: oldest, endsAt: expires }];
  }

  return async (query) => {
    const stored = storedCounters(query.counters, query.now);
    const [statements, counted] = counting([...stored.values()]);
    const [row] = await driver.run(statements(query), { ...factParameters(query), ...counted });
    const totals = new Map(Object.entries((recordOf(row, "totals") ?? {}) as Record<string, string | null>));
    const counters = query.counters.map(({ key }) => BigInt(totals.get(counterKey(key)) ?? 0));
    return factsOf(row!, query, counters);
  };
}

/** Where the window begins as it did: what is added, on top of what its part has. */
const ADDED_TO_PART = `(SELECT jsonb_build_object(key, coalesce((kept.parts ->> key)::numeric, 0) + value::numeric)
  FROM jsonb_each_text(excluded.parts))`;

/** Where the window has moved on: the parts that are still within it, with what is added. */
const PARTS_OF_WINDOW = `(
  SELECT jsonb_object_agg(part, amount) FROM (
    SELECT key AS part, sum(value::numeric) AS amount
    FROM (SELECT * FROM jsonb_each_text(kept.parts) UNION ALL SELECT * FROM jsonb_each_text(excluded.parts)) AS added
    WHERE key::double precision >= excluded.oldest_part GROUP BY key
  ) AS summed
)`;

function asJson({ amount, ...counter }: StoredCounter): object {
  return { ...counter, amount: String(amount) };
}
