import type { Store } from "@require-action/engine";
import { type ActionRecord, type AuditEvent, type Page, trackedEvents } from "@require-action/engine/store";
import type { Dialect } from "../../database/dialect.ts";
import type { Row, Statement } from "../../database/driver.ts";
import type { Parameters } from "../../database/parameters.ts";
import { DOCUMENT, numbersOf, pageOf, recordOf } from "../records/documents.ts";
import {
  type ListRun,
  statementsByConditions,
  type StatementsByShape,
  type StoreContext,
} from "../records/store-context.ts";

/** Adds the event of a step to the trail, together with it. */
export function tracing({ table }: Dialect): string {
  return `INSERT INTO ${table("audit")} (document) SELECT $event FROM applied`;
}

/**
 * The verbs of the audit trail, which lists nothing that was longer ago than `auditMs` when the latest action was tracked. Lists
 * that may lag are read by way of `lists`.
 */
export function createAuditVerbs(
  { dialect, run }: StoreContext,
  auditMs: number | undefined,
  lists: ListRun,
): Pick<Store, "appendEvent" | "listEvents"> {
  const audit = dialect.table("audit");
  const append: Statement = {
    main: `INSERT INTO ${audit} (document) VALUES ($event) RETURNING sequence`,
  };
  const list = eventStatements(dialect, auditMs !== undefined);

  return {
    appendEvent: async (event) => void (await run(append, { event })),
    async listEvents({ userId, actionId, from, before, limit, after, mayLag }) {
      const statement = list({
        "user_id = $userId": userId !== undefined,
        "action_id = $actionId": actionId !== undefined,
        from: from !== undefined,
        before: before !== undefined,
        after: after !== undefined,
      });
      const times = { since: from, before, ...(after === undefined ? {} : placesAfter(after)) };
      const rows = await lists(mayLag)(statement, { userId, actionId, ...times, keptMs: auditMs, limit: limit + 1 });
      return pageOf(rows, limit, cursorOf, eventOf) as Page<AuditEvent>;
    },
  };
}

/** Events of the trail, and of actions that tell of their being tracked; of the same time, the latter were first. */
const kinds = { action: 0, audit: 1 } as const;
/** Beyond any sequence. */
const LAST = Number.MAX_SAFE_INTEGER;

/** Conditions on the time of an event, which is in another column of each table, and where a page goes on. */
const timeConditions: ReadonlyMap<string, (time: string, place: string) => string> = new Map([
  ["from", (time: string) => `${time} >= $since`],
  ["before", (time: string) => `${time} < $before`],
  ["after", (time: string, place: string) => `(${time}, sequence) < ($afterAt, ${place})`],
]);

/** Lists events by time from both tables, each along an index as far as the page goes. */
function eventStatements({ table }: Dialect, isBounded: boolean): StatementsByShape {
  const part = (kind: keyof typeof kinds, time: string, where: readonly string[]): string =>
    `SELECT * FROM (SELECT ${kinds[kind]} AS kind, ${time} AS at, sequence, ${DOCUMENT}
      FROM ${table(kind === "action" ? "actions" : "audit")}
      ${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`} ORDER BY ${time} DESC, sequence DESC LIMIT $limit) AS ${kind}s`;
  const actions = table("actions");
  const kept = isBounded ? [`created_at > (SELECT max(created_at) FROM ${actions}) - $keptMs`] : [];
  return statementsByConditions((conditions) => {
    const within = (time: string, place: string): readonly string[] =>
      conditions.map((condition) => timeConditions.get(condition)?.(time, place) ?? condition);
    return `${part("audit", "occurred_at", within("occurred_at", "$afterSequence"))}
      UNION ALL ${part("action", "created_at", ["tells_event", ...kept, ...within("created_at", "$afterAction")])}
      ORDER BY at DESC, kind DESC, sequence DESC LIMIT $limit`;
  });
}

/** Where each table goes on after the last event of a page. */
function placesAfter(after: string): Parameters {
  const [at, kind, sequence] = numbersOf(after, 3);
  return kind === kinds.audit
    ? { afterAt: at, afterSequence: sequence, afterAction: LAST }
    : { afterAt: at, afterSequence: 0, afterAction: sequence };
}

function cursorOf(last: Row): string {
  return [last["at"], last["kind"], last["sequence"]].map(String).join(":");
}

function eventOf(row: Row): unknown {
  const document = recordOf(row);
  return Number(row["kind"]) === kinds.audit ? document : trackedEvents.of(document as ActionRecord);
}
