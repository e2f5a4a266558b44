import type { ActionRecord, DecisionFacts, DecisionQuery, DeviceRecord, UserRecord } from "@require-action/engine";
import type { Dialect } from "../dialect.ts";
import type { Row } from "../driver.ts";
import type { Parameters } from "../parameters.ts";
import { recordOf } from "./documents.ts";

/** The action that is there already, as a query. */
export function recordedQuery({ table }: Dialect): string {
  return `SELECT document FROM ${table("actions")}
    WHERE user_id = $userId AND code = $code AND idempotency_key = $idempotencyKey`;
}

/** The columns of a decision's facts; `recorded` is where the action is that is there already. */
export function factColumns({ table, collected }: Dialect, recorded: string): string {
  const text = (query: string): string => `CAST((${query}) AS text)`;
  const authenticators = `FROM ${table("authenticators")} WHERE user_id = $userId`;
  const devices = `FROM ${table("devices")} WHERE user_id = $userId`;
  return `
    ${text(recorded)} AS recorded,
    ${text(`SELECT ${collected("verification_method")} ${authenticators} AND verified_at IS NOT NULL`)} AS enrolled,
    (SELECT count(*) ${authenticators} AND last_verified_at IS NOT NULL) AS verified_count,
    CASE WHEN $needsUser THEN ${text(`SELECT document FROM ${table("users")} WHERE user_id = $userId`)} END AS user_document,
    ${text(`SELECT document ${devices} AND device_id = $deviceId`)} AS device,
    CASE WHEN $needsDeviceCount THEN (SELECT count(*) ${devices} AND invalidated_at IS NULL) END AS device_count`;
}

/** What {@link factColumns} asks about. */
export function factParameters({ key, needsUser, deviceId, needsDeviceCount }: DecisionQuery): Parameters {
  const { userId, action: code, idempotencyKey } = key;
  return { userId, code, idempotencyKey, needsUser, deviceId, needsDeviceCount };
}

/** Reads the facts of a row, with the sums of the counters. */
export function factsOf(
  row: Row,
  { needsUser, deviceId, needsDeviceCount }: DecisionQuery,
  counters: readonly bigint[],
): DecisionFacts {
  const recorded = recordOf(row, "recorded") as ActionRecord | undefined;
  const enrolled = {
    enrolledVerificationMethods: [...new Set(recordOf(row, "enrolled") as string[] | undefined)],
    hasVerified: Number(row["verified_count"]) > 0,
  };
  if (recorded !== undefined) return { recorded, ...enrolled, counters: [] };
  return {
    recorded,
    ...enrolled,
    counters,
    user: needsUser ? (recordOf(row, "user_document") as UserRecord | undefined) : undefined,
    device: deviceId === undefined ? undefined : (recordOf(row, "device") as DeviceRecord | undefined),
    deviceCount: needsDeviceCount ? Number(row["device_count"]) : undefined,
  };
}
