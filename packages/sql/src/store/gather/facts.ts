import {
  type ActionRecord,
  type CounterBump,
  type DecisionFacts,
  type DecisionQuery,
  type DeviceRecord,
  oldestVelocityPart,
  type UserRecord,
  velocityPart,
} from "@require-action/engine/store";
import type { Dialect } from "../../database/dialect.ts";
import type { Row, Statement } from "../../database/driver.ts";
import { hashKey, type Parameters } from "../../database/parameters.ts";
import { ownRecordOf } from "../records/documents.ts";

/** The action that is there already, as a query. */
export function recordedQuery({ table }: Dialect): string {
  return `SELECT document FROM ${table("actions")}
    WHERE user_id = $userId AND code = $code AND idempotency_key = $idempotencyKey`;
}

/**
 * Makes a query for each combination of facts that decisions ask for, once: a table that no rule needs is not so much as
 * opened. `text` is given the query, its columns and its `FROM`.
 */
export function factStatements(
  { table, collected }: Dialect,
  recorded: string,
  text: (columns: string, from: string) => string,
): (query: DecisionQuery) => Statement {
  const asText = (query: string): string => `CAST((${query}) AS text)`;
  const devices = `FROM ${table("devices")} WHERE user_id = $userId`;
  const user = `, ${asText(`SELECT document FROM ${table("users")} WHERE user_id = $userId`)} AS user_document`;
  const device = `, ${asText(`SELECT document ${devices} AND device_id = $deviceId`)} AS device`;
  const deviceCount = `, (SELECT count(*) ${devices} AND invalidated_at IS NULL) AS device_count`;
  const from = `FROM (
    SELECT CAST(${collected("verification_method")} FILTER (WHERE verified_at IS NOT NULL) AS text) AS enrolled,
      count(last_verified_at) AS verified_count
    FROM ${table("authenticators")} WHERE user_id = $userId
  ) AS authenticated`;
  const made = new Map<string, Statement>();
  return ({ needsUser, deviceId, needsDeviceCount }) => {
    const further = [needsUser && user, deviceId !== undefined && device, needsDeviceCount && deviceCount];
    const columns = further.filter((column) => column !== false).join("");
    let statement = made.get(columns);
    if (statement === undefined) {
      statement = { main: text(`${asText(recorded)} AS recorded, enrolled, verified_count${columns}`, from) };
      made.set(columns, statement);
    }
    return statement;
  };
}

/** What {@link factStatements} ask about. */
export function factParameters({ key, deviceId }: DecisionQuery): Parameters {
  const { userId, action: code, idempotencyKey } = key;
  return { userId, code, idempotencyKey, deviceId };
}

/** Reads the facts of a row, with the sums of the counters. */
export function factsOf(
  row: Row,
  { needsUser, deviceId, needsDeviceCount }: DecisionQuery,
  counters: readonly bigint[],
): DecisionFacts {
  // The engine takes them as they are: each has all members of its own, and its records inherit nothing.
  const recorded = ownRecordOf(row, "recorded") as ActionRecord | undefined;
  const enrolled = row["enrolled"];
  const enrolledVerificationMethods =
    typeof enrolled === "string" ? [...new Set(JSON.parse(enrolled) as readonly string[])] : [];
  const hasVerified = Number(row["verified_count"]) > 0;
  if (recorded !== undefined) return { recorded, enrolledVerificationMethods, hasVerified, counters: [] };
  return {
    recorded,
    enrolledVerificationMethods,
    hasVerified,
    counters,
    user: needsUser ? (ownRecordOf(row, "user_document") as UserRecord | undefined) : undefined,
    device: deviceId === undefined ? undefined : (ownRecordOf(row, "device") as DeviceRecord | undefined),
    deviceCount: needsDeviceCount ? Number(row["device_count"]) : undefined,
  };
}

/** One counter as it is stored. */
export interface StoredCounter {
  readonly key: string;
  readonly part: string;
  readonly oldest: number;
  readonly expires: number;
  readonly amount: bigint;
}

/** What a decision adds to and reads, each key once. */
export function storedCounters(counters: readonly CounterBump[], now: number): ReadonlyMap<string, StoredCounter> {
  const stored = new Map<string, StoredCounter>();
  for (const { key: parts, windowMs, amount } of counters) {
    const key = counterKey(parts);
    stored.set(key, {
      key,
      part: String(velocityPart(now, windowMs)),
      oldest: oldestVelocityPart(now, windowMs),
      // Moves once a window, as a row whose indexed columns stay is cheaper to write.
      expires: (Math.floor(now / windowMs) + 3) * windowMs,
      amount: (stored.get(key)?.amount ?? 0n) + amount,
    });
  }
  return stored;
}

export function counterKey(parts: CounterBump["key"]): string {
  return hashKey(...parts);
}
