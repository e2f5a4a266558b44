import { runSteps, settled, type Steps } from "@require-action/core/provider";
import type { Store } from "@require-action/engine";
import type { ChainedReceipt, ReceiptRecord } from "@require-action/engine/receipts";
import type { Dialect } from "../../database/dialect.ts";
import type { Row, Statement } from "../../database/driver.ts";
import type { Parameters } from "../../database/parameters.ts";
import type { StoreContext } from "../records/store-context.ts";

type ReceiptVerbs = Pick<
  Store,
  "chainReceipts" | "findReceipts" | "listReceipts" | "listWaitingReceipts" | "putReceipts"
>;

/** The verbs of receipts. */
export function createReceiptVerbs({ dialect, run }: StoreContext): ReceiptVerbs {
  const { table, elements, field } = dialect;
  const receipts = table("receipts");
  const columns = "entry_id, entry, signature, position, previous";
  const put: Statement = {
    main: `INSERT INTO ${receipts} (entry_id, entry, signature)
      SELECT ${field(["entryId"], "text")}, ${field(["entry"], "text")}, ${field(["signature"], "text")}
      FROM (${elements("$receipts")}) AS kept WHERE true ON CONFLICT (entry_id) DO NOTHING RETURNING entry_id`,
  };
  const head: Statement = {
    main: `SELECT ${columns} FROM ${receipts} WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1`,
  };
  const waiting: Statement = {
    main: `SELECT ${columns} FROM ${receipts} WHERE position IS NULL ORDER BY sequence LIMIT $limit`,
  };
  const find: Statement = {
    main: `SELECT ${columns} FROM ${receipts} WHERE ${dialect.isAmong("entry_id", dialect.texts("$receiptIds"))}`,
  };
  const list: Statement = {
    main: `SELECT ${columns} FROM ${receipts} WHERE position > $number ORDER BY position LIMIT $limit`,
  };
  // The head's id has one winner for each batch, and its position none that has not seen the batch before.
  const chain: Statement = {
    main: `INSERT INTO ${receipts} (${columns}) VALUES ($receiptId, $receiptEntry, $signature, $number, $previous)
      ON CONFLICT DO NOTHING RETURNING true AS applied`,
    followUp: [
      `UPDATE ${receipts} SET position = placed.place, previous = placed.before FROM (
          SELECT ${field(["entryId"], "text")} AS id, ${field(["position"], "number")} AS place,
            ${field(["previous"], "text")} AS before FROM (${elements("$receipts")}) AS given
        ) AS placed WHERE position IS NULL AND entry_id = placed.id AND EXISTS (SELECT 1 FROM applied)`,
    ],
  };

  function* putSteps(receipts: readonly ReceiptRecord[]): Steps<void> {
    yield* settled(run(put, { receipts }));
  }

  return {
    putReceipts: (receipts) => runSteps(putSteps(receipts)),
    async listWaitingReceipts(limit) {
      // In this order: what is waiting after the head was read may only be in a newer chain, which is then refused.
      const [last] = await run(head, {});
      const rows = await run(waiting, { limit });
      return { head: last && chainedOf(last), waiting: rows.map(receiptOf) };
    },
    async chainReceipts(chained) {
      const last = chained.at(-1);
      if (last === undefined) return false;
      const receipts = chained.slice(0, -1).map(({ entryId, position, previous }) => ({ entryId, position, previous }));
      const { position: number, previous } = last;
      const added = await run(chain, { ...receiptParameters(last), number, previous, receipts });
      return added.length === 1;
    },
    async findReceipts(receiptIds) {
      const rows = await run(find, { receiptIds });
      return rows.map((row) => (row["position"] === null ? receiptOf(row) : chainedOf(row)));
    },
    listReceipts: async ({ after, limit }) => (await run(list, { number: after, limit })).map(chainedOf),
  };
}

/** Keeps the receipt of a step together with it. */
export function receipting({ table }: Dialect): string {
  return `INSERT INTO ${table("receipts")} (entry_id, entry, signature)
    SELECT $receiptId, $receiptEntry, $signature FROM applied WHERE true ON CONFLICT (entry_id) DO NOTHING`;
}

/** What {@link receipting} needs. */
export function receiptParameters({ entryId: receiptId, entry: receiptEntry, signature }: ReceiptRecord): Parameters {
  return { receiptId, receiptEntry, signature };
}

/** Keeps the receipts of a step together with it. */
export function receiptingAll({ table, elements, field }: Dialect): string {
  return `INSERT INTO ${table("receipts")} (entry_id, entry, signature)
    SELECT ${field(["entryId"], "text")}, ${field(["entry"], "text")}, ${field(["signature"], "text")}
    FROM (${elements("$receipts")}) AS kept WHERE EXISTS (SELECT 1 FROM applied) ON CONFLICT (entry_id) DO NOTHING`;
}

function receiptOf(row: Row): ReceiptRecord {
  const { entry_id: entryId, entry, signature } = row as Readonly<Record<string, string | null>>;
  return { entryId: entryId!, entry: entry!, ...(signature === null ? {} : { signature: signature! }) };
}

function chainedOf(row: Row): ChainedReceipt {
  return { ...receiptOf(row), position: Number(row["position"]), previous: String(row["previous"]) };
}
