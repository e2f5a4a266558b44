import { whenSettled } from "@require-action/core/provider";
import type { Store } from "@require-action/engine";
import { type ActionRecord, type Page, trackedEvents } from "@require-action/engine/store";
import type { Dialect } from "../../database/dialect.ts";
import type { Statement } from "../../database/driver.ts";
import { reviewColumns } from "../../database/review-columns.ts";
import { DOCUMENT, numbersOf, ownRecordOf, pageOf, patchOf, recordOf } from "../records/documents.ts";
import {
  type ListRun,
  statementsByConditions,
  type StatementsByShape,
  type StoreContext,
} from "../records/store-context.ts";
import { tracing } from "./audit-verbs.ts";
import { announcing } from "./outbox-verbs.ts";
import { receipting, receiptingAll, receiptParameters } from "./receipt-verbs.ts";
import { userParameters } from "./user-verbs.ts";

type ActionVerbs = Pick<Store, "findAction" | "listActions" | "record" | "transition">;

/** The verbs of actions. Lists that may lag are read by way of `lists`. */
export function createActionVerbs({ dialect, run }: StoreContext, lists: ListRun): ActionVerbs {
  const statements = actionStatements(dialect, tracing(dialect), announcing(dialect));

  return {
    record(action, user, event, receipt) {
      const { userId, action: code, idempotencyKey, actionId, state, createdAt } = action;
      const isImplied = trackedEvents.areImplied(action, event);
      const others = user === undefined ? undefined : userParameters(userId, user, createdAt);
      const kept = receipt && receiptParameters(receipt);
      const statement = statements.record({
        user: others !== undefined,
        event: !isImplied,
        receipt: kept !== undefined,
      });
      const own = { document: action, event, userId, code, idempotencyKey, actionId, state, createdAt };
      const parameters = Object.assign(own, { tellsEvent: isImplied }, others, kept);
      return whenSettled(
        run(statement, parameters),
        ([row]) => (ownRecordOf(row) as ActionRecord | undefined) ?? action,
      );
    },
    async findAction({ userId, action: code, idempotencyKey }) {
      const [row] = await run(statements.find, { userId, code, idempotencyKey });
      const action = recordOf(row) as ActionRecord | undefined;
      const revokedUntil = row?.["revoked_until"] ?? undefined;
      return action === undefined || revokedUntil === undefined
        ? action
        : { ...action, revokedUntil: Number(revokedUntil) };
    },
    async listActions({ userId, codes, state, now, actionIds, from, limit, after, mayLag }) {
      const [afterAt, afterSequence] = after === undefined ? [] : numbersOf(after, 2);
      const isByTime = now !== undefined && (state === "REVIEW_REQUIRED" || state === "REVIEW_FAILED");
      const statement = statements.list({
        "user_id = $userId": userId !== undefined,
        // Of one code, an index has them in order.
        "code = $code": codes?.length === 1,
        [dialect.isAmong("code", dialect.texts("$codes"))]: codes !== undefined && codes.length !== 1,
        [dialect.isAmong("action_id", dialect.texts("$actionIds"))]: actionIds !== undefined,
        // Those that are allowed are most of them, so no index is kept of their state.
        "state = $state AND state <> 'ALLOW'": state !== undefined && state !== "ALLOW" && !isByTime,
        open: isByTime && state === "REVIEW_REQUIRED",
        failed: isByTime && state === "REVIEW_FAILED",
        "state = $state": state === "ALLOW",
        "created_at >= $since": from !== undefined,
        "(created_at, sequence) < ($afterAt, $afterSequence)": after !== undefined,
      });
      const filter = { userId, codes, code: codes?.[0], state, now, actionIds, since: from, afterAt, afterSequence };
      const rows = await lists(mayLag)(statement, { ...filter, limit: limit + 1 });
      return pageOf(
        rows,
        limit,
        (last) => `${String(last["created_at"])}:${String(last["sequence"])}`,
      ) as Page<ActionRecord>;
    },
    async transition(
      { key, from, to, at, authenticatedDeviceId: deviceId, ifVotes, ...details },
      event,
      news = [],
      receipts = [],
    ) {
      const { userId, action: code, idempotencyKey } = key;
      const { verificationMethod, verifiedByAuthenticatorId, approval, resultKeyHash, deniedByUser, review } = details;
      const proof = { verificationMethod, verifiedByAuthenticatorId, approval, resultKeyHash, deniedByUser };
      const changes = { state: to, stateUpdatedAt: at, ...proof, review, reviewClaim: null };
      const seen = { authenticatedAt: at, lastVerificationMethod: verificationMethod };
      const others = { news: news.length > 0, receipts: receipts.length > 0, isVote: ifVotes !== undefined };
      const [row] = await run(statements.transition(others), {
        ...(others.news ? { news } : {}),
        ...(others.receipts ? { receipts } : {}),
        userId,
        code,
        idempotencyKey,
        from,
        ...(ifVotes === undefined ? {} : { votes: ifVotes }),
        event,
        changes: patchOf(changes),
        ...(deviceId === undefined
          ? {}
          : {
              device: { userId, deviceId, createdAt: at, ...seen },
              // A device that had been invalidated is known again.
              deviceChanges: patchOf({ ...seen, invalidatedAt: null }),
            }),
      });
      return recordOf(row) as ActionRecord | undefined;
    },
  };
}

interface RecordedOthers {
  readonly user: boolean;
  readonly event: boolean;
  readonly receipt: boolean;
}

interface ActionStatements {
  /** With what the application says about its user, with an event that the action does not tell by itself, and with a receipt. */
  readonly record: (others: RecordedOthers) => Statement;
  readonly find: Statement;
  /** With news for the outbox, with receipts, and only where the review has so many votes. */
  readonly transition: (others: {
    readonly news: boolean;
    readonly receipts: boolean;
    readonly isVote: boolean;
  }) => Statement;
  readonly list: StatementsByShape;
}

const KEY = "user_id = $userId AND code = $code AND idempotency_key = $idempotencyKey";

/** The statements of a step by the follow-ups that it has: bit by bit in the order given, so that each combination is one object. */
function combined(step: Statement, optional: readonly string[], always: readonly string[] = []): readonly Statement[] {
  return Array.from({ length: 2 ** optional.length }, (_, bits): Statement => {
    const followUp = [...always, ...optional.filter((_text, index) => (bits >> index) & 1)];
    return followUp.length === 0 ? step : { ...step, followUp };
  });
}

function actionStatements(dialect: Dialect, traced: string, announced: string): ActionStatements {
  const { table, patched, field, writesColumns } = dialect;
  const actions = table("actions");
  const { endsAt } = reviewColumns(dialect);
  const states = {
    open: `state = 'REVIEW_REQUIRED' AND state <> 'ALLOW' AND ${endsAt} > $now`,
    failed: `state = 'REVIEW_REQUIRED' AND state <> 'ALLOW' AND ${endsAt} <= $now`,
  };
  const mergedUser = patched("known.document", "$userChanges");
  // An update that changes nothing, as only what is written to comes back when somebody else was quicker. What was just sent
  // does not come back.
  const [columns, values] = writesColumns
    ? [
        ", user_id, code, idempotency_key, action_id, state, created_at",
        ", $userId, $code, $idempotencyKey, $actionId, $state, $createdAt",
      ]
    : ["", ""];
  const added = `INSERT INTO ${actions} AS known (document, tells_event${columns}) VALUES ($document, $tellsEvent${values})
    ON CONFLICT (user_id, code, idempotency_key)`;
  const recorded: Statement = {
    attempt: { main: `${added} DO NOTHING` },
    main: `${added} DO UPDATE SET document = known.document
      RETURNING action_id = $actionId AS applied, CASE WHEN action_id <> $actionId THEN CAST(document AS text) END AS document`,
  };
  const keepUser = `INSERT INTO ${table("users")} AS known (document) SELECT $user FROM applied WHERE true
    ON CONFLICT (user_id) DO UPDATE SET document = ${mergedUser} WHERE known.document <> ${mergedUser}`;
  const records = combined(recorded, [keepUser, traced, receipting(dialect)]);
  const moveWhere = (condition: string): string => `UPDATE ${actions} SET document = ${patched("document", "$changes")}
    WHERE ${KEY} AND state = $from${condition} RETURNING true AS applied, ${DOCUMENT}`;
  const voted = `coalesce(${field(["review", "voteCount"], "number")}, 0) = $votes`;
  const moved = [
    `INSERT INTO ${table("devices")} AS known (document) SELECT $device FROM applied WHERE $device IS NOT NULL
      ON CONFLICT (user_id, device_id) DO UPDATE SET document = ${patched("known.document", "$deviceChanges")}`,
    traced,
  ];
  const others = [announced, receiptingAll(dialect)];
  const moves = combined({ main: moveWhere("") }, others, moved);
  const votes = combined({ main: moveWhere(` AND ${voted}`) }, others, moved);
  return {
    record: ({ user, event, receipt }) => records[(user ? 1 : 0) + (event ? 2 : 0) + (receipt ? 4 : 0)]!,
    find: {
      main: `SELECT ${DOCUMENT}, (SELECT ${field(["revokedUntil"], "number")} FROM ${table("users")} WHERE user_id = $userId)
        AS revoked_until FROM ${actions} WHERE ${KEY}`,
    },
    transition: ({ news, receipts, isVote }) => (isVote ? votes : moves)[(news ? 1 : 0) + (receipts ? 2 : 0)]!,
    list: statementsByConditions((conditions) => {
      const order = "\nORDER BY created_at DESC, sequence DESC LIMIT $limit";
      const select = (state: string): string => {
        const holding = conditions.map((condition) => (condition in states ? state : condition));
        const where = holding.length === 0 ? "" : `WHERE ${holding.join(" AND ")}`;
        return `SELECT created_at, sequence, ${DOCUMENT} FROM ${actions} ${where}${order}`;
      };
      if (conditions.includes("open")) return select(states.open);
      if (!conditions.includes("failed")) return select("");
      // Each along its own index, as far as the page goes.
      return `SELECT * FROM (${select("state = 'REVIEW_FAILED' AND state <> 'ALLOW'")}) AS recorded
        UNION ALL SELECT * FROM (${select(states.failed)}) AS overdue ${order}`;
    }),
  };
}
