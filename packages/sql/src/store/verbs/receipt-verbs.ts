import { whenSettled } from "@require-action/core/provider";
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
  const { table, elements, field, texts, isAmong } = dialect;
  const [receipts, waiting] = [table("receipts"), table("waiting_receipts")];
  const columns = "entry_id, entry, signature, position, previous";
  const isKept = `EXISTS (SELECT 1 FROM ${receipts} AS kept WHERE kept.entry_id = ${waiting}.entry_id)`;
  const given = `SELECT ${ENTRY.map(([name, column]) => `${field([name], "text")} AS ${column}`).join()},
    ${field(["position"], "number")} AS position, ${field(["previous"], "text")} AS previous FROM (${elements("$receipts")}) AS lines`;
  const statements = {
    put: { main: `${insertingAll(dialect)} RETURNING true AS applied` },
    head: { main: `SELECT ${columns} FROM ${receipts} WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1` },
    waiting: {
      main: `SELECT * FROM (SELECT 0 AS part, sequence, ${WAITING} FROM ${receipts} WHERE position IS NULL ORDER BY sequence LIMIT $limit)
          AS earlier
        UNION ALL SELECT * FROM (SELECT 1 AS part, sequence, ${WAITING} FROM ${waiting} WHERE NOT ${isKept} ORDER BY sequence LIMIT $limit)
          AS waiting
        ORDER BY part, sequence LIMIT $limit`,
    },
    findKept: { main: `SELECT ${columns} FROM ${receipts} WHERE ${isAmong("entry_id", texts("$receiptIds"))}` },
    findWaiting: {
      main: `SELECT ${WAITING} FROM ${waiting} WHERE ${isAmong("entry_id", texts("$receiptIds"))} ORDER BY sequence`,
    },
    list: { main: `SELECT ${columns} FROM ${receipts} WHERE position > $number ORDER BY position LIMIT $limit` },
    // The head's id has one winner for each batch, and its position none that has not seen the batch before.
    chain: {
      main: `INSERT INTO ${receipts} (${columns}) VALUES ($receiptId, $receiptEntry, $signature, $number, $previous)
        ON CONFLICT DO NOTHING RETURNING true AS applied`,
      followUp: [
        // Without those that a process of the version before had waiting here, which have their places below.
        `INSERT INTO ${receipts} (${columns}) SELECT ${columns} FROM (${given}) AS given
          WHERE EXISTS (SELECT 1 FROM applied)
          AND NOT EXISTS (SELECT 1 FROM ${receipts} AS earlier WHERE earlier.position IS NULL AND earlier.entry_id = given.entry_id)`,
        `UPDATE ${receipts} SET position = given.position, previous = given.previous FROM (${given}) AS given
          WHERE ${receipts}.position IS NULL AND ${receipts}.entry_id = given.entry_id AND EXISTS (SELECT 1 FROM applied)`,
        // What was listed is in front. What came twice goes with it, or when it is in front itself.
        `DELETE FROM ${waiting} WHERE EXISTS (SELECT 1 FROM applied)
          AND sequence IN (SELECT sequence FROM ${waiting} ORDER BY sequence LIMIT $limit)
          AND (${isAmong("entry_id", texts("$receiptIds"))} OR ${isKept})`,
      ],
    },
  } satisfies Readonly<Record<string, Statement>>;

  /** So many, unless there are no more. Of those that came several times, more rows are read. */
  async function listWaiting(limit: number): Promise<readonly ReceiptRecord[]> {
    for (let most = limit; ; most *= 2) {
      const rows = await run(statements.waiting, { limit: most });
      const waiting = oneOfAnId(rows.map(receiptOf));
      if (rows.length < most || waiting.length >= limit) return waiting.slice(0, limit);
    }
  }

  return {
    putReceipts: (receipts) => whenSettled(run(statements.put, { receipts }), () => undefined),
    async listWaitingReceipts(limit) {
      // In this order: what is waiting after the head was read may only be in a newer chain, which is then refused.
      const [last] = await run(statements.head, {});
      return { head: last && chainedOf(last), waiting: await listWaiting(limit) };
    },
    async chainReceipts(chained) {
      const head = chained.at(-1);
      if (head === undefined) return false;
      const receipts = chained.slice(0, -1);
      const receiptIds = receipts.map(({ entryId }) => entryId);
      const { position: number, previous } = head;
      const parameters = { ...receiptParameters(head), number, previous, receipts, receiptIds };
      return (await run(statements.chain, { ...parameters, limit: 2 * chained.length + MOST_REPEATED })).length === 1;
    },
    async findReceipts(receiptIds) {
      // In this order: what is chained in between is found twice, and not missed.
      const unchained = await run(statements.findWaiting, { receiptIds });
      const rows = await run(statements.findKept, { receiptIds });
      return oneOfAnId([
        ...rows.map((row) => (row["position"] === null ? receiptOf(row) : chainedOf(row))),
        ...unchained.map(receiptOf),
      ]);
    },
    listReceipts: async ({ after, limit }) => (await run(statements.list, { number: after, limit })).map(chainedOf),
  };
}

/** How many rows that came again are deleted with a batch, besides its own: listings pass over them. */
const MOST_REPEATED = 1_000;

/** What an entry is, in its table and as an element of a parameter. */
const WAITING = "entry_id, entry, signature";
const ENTRY = [
  ["entryId", "entry_id"],
  ["entry", "entry"],
  ["signature", "signature"],
] as const;

/** Keeps the receipt of a step together with it. */
export function receipting({ table }: Dialect): string {
  return `INSERT INTO ${table("waiting_receipts")} (${WAITING})
    SELECT $receiptId, $receiptEntry, $signature FROM applied WHERE true`;
}

/** What {@link receipting} needs. */
export function receiptParameters({ entryId: receiptId, entry: receiptEntry, signature }: ReceiptRecord): Parameters {
  return { receiptId, receiptEntry, signature };
}

/** Keeps the receipts of a step together with it. */
export function receiptingAll(dialect: Dialect): string {
  return `${insertingAll(dialect)} AND EXISTS (SELECT 1 FROM applied)`;
}

/**
 * Without those that have left the table, however often they come: the chain would not take them along. Asked for one by one, as a
 * join would read through the chain.
 */
function insertingAll({ table, elements, field }: Dialect): string {
  return `INSERT INTO ${table("waiting_receipts")} (${WAITING})
    SELECT ${ENTRY.map(([name]) => field([name], "text")).join()} FROM (${elements("$receipts")}) AS given
    WHERE (SELECT 1 FROM ${table("receipts")} AS kept WHERE kept.entry_id = ${field(["entryId"], "text")}) IS NULL`;
}

/** The first of each id. */
function oneOfAnId<Receipt extends ReceiptRecord>(receipts: readonly Receipt[]): readonly Receipt[] {
  const first = new Map<string, Receipt>();
  for (const receipt of receipts) if (!first.has(receipt.entryId)) first.set(receipt.entryId, receipt);
  return [...first.values()];
}

function receiptOf(row: Row): ReceiptRecord {
  const { entry_id: entryId, entry, signature } = row as Readonly<Record<string, string | null>>;
  return { entryId: entryId!, entry: entry!, ...(signature === null ? {} : { signature: signature! }) };
}

function chainedOf(row: Row): ChainedReceipt {
  return { ...receiptOf(row), position: Number(row["position"]), previous: String(row["previous"]) };
}
