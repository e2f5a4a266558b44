import {
  type ActionTally,
  countedEvents,
  type EventTally,
  type FigureRecord,
  type FigureStore,
  triedEvents,
} from "@require-action/engine/figures";
import type { Dialect } from "../../database/dialect.ts";
import type { Row, Statement } from "../../database/driver.ts";
import { reviewColumns } from "../../database/review-columns.ts";
import { DOCUMENT, ownRecordOf, patchOf } from "../records/documents.ts";
import type { ListRun, StoreContext } from "../records/store-context.ts";

const HOUR = 60 * 60_000;

/** The verbs that figures are counted with. Figures that may lag are read by way of `lists`. */
export function createFigureVerbs({ dialect, run }: StoreContext, lists: ListRun): FigureStore {
  const { take, tally, touched, open, put, list } = figureStatements(dialect);

  return {
    async takeFigures(now, until) {
      const document = { through: 0, version: 0, until };
      const [row] = await run(take, { document, changes: patchOf({ until }), now });
      if (row === undefined) return undefined;
      const { through, version } = ownRecordOf(row) as typeof document;
      return { through, version };
    },
    async tallyFigures(from, before) {
      const rows = await run(tally, { since: from, before });
      const isOfAction = (row: Row): boolean => row["type"] === "action";
      return {
        actions: rows.filter(isOfAction).map(actionTally),
        events: rows.filter((row) => !isOfAction(row)).map(eventTally),
      };
    },
    async listTouchedHours(from, before) {
      const rows = await run(touched, { since: from, before });
      return rows.map(({ hour }) => Number(hour) * HOUR);
    },
    async tallyOpenReviews(now) {
      const rows = await run(open, { now });
      return rows.map(({ code, age, total }) => ({
        action: String(code),
        ageHours: Math.max(0, Number(age)),
        count: Number(total),
      }));
    },
    async putFigures(figures, { through, version, until, oldestHour }) {
      const changes = patchOf({ through, version: version + 1, until });
      const rows = await run(put, { changes, version, figures, before: oldestHour });
      return rows.length === 1;
    },
    async listFigures({ unit, from, before, mayLag }) {
      const rows = await lists(mayLag)(list, { unit, since: from, before });
      return rows.map((row) => ownRecordOf(row) as FigureRecord);
    },
  };
}

interface FigureStatements {
  readonly take: Statement;
  readonly tally: Statement;
  readonly touched: Statement;
  readonly open: Statement;
  readonly put: Statement;
  readonly list: Statement;
}

function figureStatements(dialect: Dialect): FigureStatements {
  const { table, field, patched, elements, ruleIds } = dialect;
  const [actions, audit, figures] = [table("actions"), table("audit"), table("figures")];
  const { endsAt } = reviewColumns(dialect);
  const within = (time: string): string => `${time} >= $since AND ${time} < $before`;
  const of = (path: string, type: "number" | "text", owner: string): string =>
    field([path], type).replaceAll("document", `${owner}.document`);
  const among = (types: readonly string[], owner: string): string =>
    `${of("type", "text", owner)} IN (${types.map((type) => `'${type}'`).join(", ")})`;
  const known = (path: string): string => of(path, "number", "known");
  // Whole numbers are divided as such in both.
  const whole = (number: string): string => `CAST(${number} AS bigint)`;
  const took = `CASE WHEN state = 'CHALLENGE_SUCCEEDED' THEN ${whole(`${field(["stateUpdatedAt"], "number")} - created_at`)} / 1000 END`;

  return {
    take: {
      main: `INSERT INTO ${figures} AS known (unit, starts_at, document) VALUES ('mark', 0, $document)
        ON CONFLICT (unit, starts_at) DO UPDATE SET document = ${patched("known.document", "$changes")}
        WHERE ${known("until")} <= $now RETURNING ${DOCUMENT}`,
    },
    tally: {
      main: `SELECT 'action' AS type, code, outcome, state, method, took, decided, rules, count(*) AS total FROM (
          SELECT code, ${field(["outcome"], "text")} AS outcome, state, ${field(["verificationMethod"], "text")} AS method,
            ${took} AS took, ${field(["decidedInMs"], "number")} AS decided, ${ruleIds} AS rules
          FROM ${actions} WHERE ${within("created_at")}) AS tracked
        GROUP BY code, outcome, state, method, took, decided, rules
        UNION ALL
        SELECT type, code, NULL, NULL, method, NULL, NULL, NULL, count(*) FROM (
          SELECT ${field(["type"], "text")} AS type, ${field(["action"], "text")} AS code,
            ${field(["verificationMethod"], "text")} AS method
          FROM ${audit} AS happened WHERE ${within("occurred_at")} AND ${among(countedEvents, "happened")}) AS counted
        GROUP BY type, code, method
        UNION ALL
        SELECT 'challenge.tried', code, NULL, NULL, method, NULL, NULL, NULL, count(*) FROM (
          SELECT DISTINCT asked.action_id, asked.code, ${of("verificationMethod", "text", "happened")} AS method
          FROM ${actions} AS asked JOIN ${audit} AS happened ON happened.action_id = asked.action_id
          WHERE ${within("asked.created_at")} AND ${of("outcome", "text", "asked")} = 'CHALLENGE'
            AND ${among(triedEvents, "happened")}) AS tried
        WHERE method IS NOT NULL GROUP BY code, method`,
    },
    touched: {
      main: `SELECT DISTINCT ${whole("tracked.created_at")} / ${HOUR} AS hour
        FROM ${audit} AS happened JOIN ${actions} AS tracked ON tracked.action_id = happened.action_id
        WHERE ${within("happened.occurred_at")}`,
    },
    open: {
      main: `SELECT code, age, count(*) AS total FROM (
          SELECT code, ${whole("$now - created_at")} / ${HOUR} AS age FROM ${actions}
          WHERE state = 'REVIEW_REQUIRED' AND state <> 'ALLOW' AND ${endsAt} > $now) AS waiting
        GROUP BY code, age`,
    },
    put: {
      main: `UPDATE ${figures} SET document = ${patched("document", "$changes")}
        WHERE unit = 'mark' AND ${field(["version"], "number")} = $version RETURNING true AS applied`,
      followUp: [
        `INSERT INTO ${figures} (unit, starts_at, document)
          SELECT ${field(["unit"], "text")}, ${field(["at"], "number")}, document FROM (${elements("$figures")}) AS given
          WHERE EXISTS (SELECT 1 FROM applied) ON CONFLICT (unit, starts_at) DO UPDATE SET document = excluded.document`,
        `DELETE FROM ${figures} WHERE unit = 'hour' AND starts_at < $before AND EXISTS (SELECT 1 FROM applied)`,
      ],
    },
    list: {
      main: `SELECT ${DOCUMENT} FROM ${figures} WHERE unit = $unit AND ${within("starts_at")} ORDER BY starts_at`,
    },
  };
}

function actionTally(row: Row): ActionTally {
  const { code, outcome, state, method, took, decided, rules, total } = row;
  return {
    action: String(code),
    outcome: outcome as ActionTally["outcome"],
    state: state as ActionTally["state"],
    ...(method !== null && { verificationMethod: String(method) }),
    ...(took !== null && { tookSeconds: Number(took) }),
    ...(decided !== null && { decidedInMs: Number(decided) }),
    ruleIds: JSON.parse(String(rules)) as readonly string[],
    count: Number(total),
  };
}

function eventTally({ type, code, method, total }: Row): EventTally {
  return {
    type: type as EventTally["type"],
    ...(code !== null && { action: String(code) }),
    ...(method !== null && { verificationMethod: String(method) }),
    count: Number(total),
  };
}
