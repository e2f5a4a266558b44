import type { DecisionFacts, DecisionQuery } from "@require-action/engine/store";
import type { Driver, Row } from "../../database/driver.ts";
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
  const bump = (
    from: string,
    added: string,
  ): string => `INSERT INTO ${velocity} AS kept (key, parts, oldest_part, expires_at)
    ${from} ON CONFLICT (key) DO UPDATE SET
      parts = ${PARTS_OF_WINDOW} || ${added},
      oldest_part = excluded.oldest_part,
      expires_at = greatest(kept.expires_at, excluded.expires_at)
    RETURNING key, parts`;
  const withCounters = (bumped: string, counted: string): ReturnType<typeof factStatements> =>
    factStatements(
      dialect,
      "SELECT document FROM recorded",
      (columns, from) =>
        `WITH recorded AS (${recordedQuery(dialect)}), ${bumped} SELECT ${columns}, ${counted} ${from}`,
    );
  // Most decisions bump one counter. What takes a list apart costs more than the bump itself, and so does a sum.
  const withOne = withCounters(
    `bumped AS (${bump(
      `SELECT $key, jsonb_build_object($part, $amount), $oldestPart, $endsAt WHERE NOT EXISTS (SELECT 1 FROM recorded)`,
      "jsonb_build_object($part, coalesce((kept.parts ->> $part)::numeric, 0) + $amount)",
    )})`,
    "CAST((SELECT parts FROM bumped) AS text) AS parts",
  );
  const withMany = withCounters(
    `bumped AS (${bump(
      `SELECT key, jsonb_build_object(part, amount), oldest, expires
      FROM jsonb_to_recordset($bumps)
        AS bump(key text, part text, amount numeric, oldest double precision, expires double precision)
      WHERE amount > 0 AND NOT EXISTS (SELECT 1 FROM recorded) ORDER BY key`,
      `(SELECT jsonb_build_object(key, coalesce((kept.parts ->> key)::numeric, 0) + value::numeric)
        FROM jsonb_each_text(excluded.parts))`,
    )}),
      looked_at AS (
        SELECT key, (
          SELECT sum(value::numeric) FROM jsonb_each_text(parts) AS one(part, value) WHERE part::double precision >= oldest
        ) AS total
        FROM jsonb_to_recordset($bumps) AS bump(key text, amount numeric, oldest double precision)
        JOIN ${velocity} USING (key) WHERE amount = 0
      )`,
    `CAST((SELECT json_object_agg(key, total::text) FROM (
      SELECT key, (SELECT sum(value::numeric) FROM jsonb_each_text(parts)) AS total FROM bumped UNION ALL SELECT * FROM looked_at
    ) AS totals) AS text) AS totals`,
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
    const stored = [...storedCounters(query.counters, query.now).values()];
    const [statements, counted] = counting(stored);
    const [row] = await driver.run(statements(query), { ...factParameters(query), ...counted });
    const totals = totalsOf(row!, stored);
    const counters = query.counters.map(({ key }) => totals.get(counterKey(key)) ?? 0n);
    return factsOf(row!, query, counters);
  };
}

/** What each counter came to. */
function totalsOf(row: Row, [first]: readonly StoredCounter[]): ReadonlyMap<string, bigint> {
  const parts = row["parts"];
  if (first !== undefined && typeof parts === "string") return new Map([[first.key, sumOf(parts)]]);
  const totals = (recordOf(row, "totals") ?? {}) as Readonly<Record<string, string | null>>;
  return new Map(Object.entries(totals).map(([key, total]) => [key, BigInt(total ?? 0)]));
}

/** Adds up the values of a counter's parts, exactly, which `JSON.parse` would not read all of them. */
function sumOf(parts: string): bigint {
  let sum = 0n;
  for (const [, value] of parts.matchAll(/: (\d+)/g)) sum += BigInt(value!);
  return sum;
}

/** The parts that are still within the window, most often all of them. */
const PARTS_OF_WINDOW = `(CASE WHEN kept.oldest_part = excluded.oldest_part THEN kept.parts ELSE coalesce(
  (SELECT jsonb_object_agg(key, value) FROM jsonb_each(kept.parts) WHERE key::double precision >= excluded.oldest_part), '{}') END)`;

function asJson({ amount, ...counter }: StoredCounter): object {
  return { ...counter, amount: String(amount) };
}
