import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Store } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import * as v from "valibot";
import { CliError } from "../lib/terminal.ts";

/** What of a recorded action a backtest looks at. */
export type LoggedAction = Pick<
  ActionRecord,
  "userId" | "action" | "attributes" | "outcome" | "facts" | "policyVersion"
> &
  Partial<Pick<ActionRecord, "actionId" | "createdAt">> & { readonly ruleIds: readonly string[] };

const PAGE_SIZE = 200;
const MAX_LINE = 1_000_000;
const value = v.union([v.string(), v.number(), v.boolean()]);

/** An action record as JSON, with what else stands there passed over. */
const recordSchema = v.object({
  userId: v.string(),
  action: v.string(),
  actionId: v.exactOptional(v.string()),
  createdAt: v.exactOptional(v.number()),
  outcome: v.picklist(["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"]),
  policyVersion: v.string(),
  rules: v.optional(v.array(v.object({ ruleId: v.string() })), []),
  facts: v.exactOptional(v.record(v.string(), v.nullable(value))),
  attributes: v.object({
    ipAddress: v.exactOptional(v.string()),
    deviceId: v.exactOptional(v.string()),
    email: v.exactOptional(v.string()),
    phoneNumber: v.exactOptional(v.string()),
    custom: v.exactOptional(v.record(v.string(), value)),
  }),
});

/** Reads JSON lines; `undefined` for a line that is no record. @throws CliError */
export async function* readActionLog(file: string): AsyncGenerator<LoggedAction | undefined> {
  const input = createReadStream(file, "utf8");
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (line.trim() !== "") yield line.length > MAX_LINE ? undefined : readLine(line);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(
      `--log ${file}: ${code === "ENOENT" ? "There is no such file." : `It cannot be read (${code}).`}`,
    );
  }
}

/** Reads what a store has, newest first. */
export async function* readRecordedActions(store: Store): AsyncGenerator<LoggedAction> {
  let after: string | undefined;
  do {
    const page = await store.listActions({ limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) });
    for (const record of page.items) yield logged(record);
    after = page.next;
  } while (after !== undefined);
}

function readLine(line: string): LoggedAction | undefined {
  let plain: unknown;
  try {
    plain = JSON.parse(line);
  } catch {
    return undefined;
  }
  const read = v.safeParse(recordSchema, plain);
  return read.success ? logged(read.output) : undefined;
}

function logged({
  rules,
  ...record
}: Omit<LoggedAction, "ruleIds"> & { readonly rules: readonly { readonly ruleId: string }[] }): LoggedAction {
  return { ...record, ruleIds: rules.map(({ ruleId }) => ruleId) };
}
