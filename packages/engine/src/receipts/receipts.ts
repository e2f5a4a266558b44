import type { Clock } from "@require-action/core";
import type { JWK } from "jose";
import type { ChainedReceipt } from "../store/receipt-records.ts";
import type { Store } from "../store/store.ts";
import { type ChangedBy, parseBy } from "../lib/arguments.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { ActionRecord } from "../store/records.ts";
import { excerptOf, findActionReceipts, type ReceiptEntry } from "./action-receipts.ts";
import { hashOfLine, headEntry, lineOf } from "./entries.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";

/** Entries that are closed by one head, and lines that are read at once. */
const BATCH = 1000;
/** How long entries wait for the chain. Decisions wait for neither. */
const DELAY_MS = 1000;

/** The receipts of an engine: what it decided, what was approved and by whom, and what ran. */
export interface Receipts {
  /**
   * Gives all entries that wait their places in the chain, and signs its head. The engine does so by itself within a second or two;
   * call it before an export, or from a timer of your own where processes are stopped between requests.
   * @returns how many entries were chained by this call
   */
  chain(): Promise<number>;
  /** The chain, line by line from its beginning: the file that `require-action receipts verify` reads. */
  lines(): AsyncIterable<string>;
  /** What is recorded of an action, of what has approved it, and of its execution: in the order of the chain, what waits last. */
  find(action: ActionRecord): Promise<readonly ReceiptEntry[]>;
  /**
   * The receipt of one action, line by line, for `require-action receipts verify --excerpt`: the parts of the chain that its entries
   * are in, of which entries about other actions are withheld. Chains what waits first, and says in the audit trail who has it.
   * @throws EngineError `request_invalid` for a `by` that names nobody
   */
  excerpt(action: ActionRecord, by: ChangedBy): Promise<readonly string[]>;
  /** The public keys, for whoever verifies: as a JSON Web Key Set, `{ keys }`. */
  readonly publicKeys: readonly JWK[];
}

/** What answers about actions say of their receipts. */
export interface ReceiptTerms {
  /** Of ALLOW, where its execution is recorded too. */
  readonly ofAllow: { readonly recordsExecution?: true };
}

/** The engine's own side of the receipts. */
export interface ReceiptWriter extends Receipts {
  /** Has what waits chained soon. */
  schedule(): void;
}

export function createReceipts({
  store,
  issuer,
  clock,
  keys,
  onFailure,
  onExport,
}: {
  readonly store: Pick<Store, "chainReceipts" | "findReceipts" | "listReceipts" | "listWaitingReceipts">;
  readonly issuer: string;
  readonly clock: Clock;
  readonly keys: ReceiptKeys;
  /** Called when the chain could not be written. What waits goes on waiting. */
  readonly onFailure: () => void;
  readonly onExport: (event: AuditEvent) => Promise<void>;
}): ReceiptWriter {
  let timer: NodeJS.Timeout | undefined;

  async function chain(): Promise<number> {
    let count = 0;
    for (;;) {
      const { head, waiting } = await store.listWaitingReceipts(BATCH);
      if (waiting.length === 0) return count;
      const chained: ChainedReceipt[] = [];
      const next = (): Pick<ChainedReceipt, "position" | "previous"> => {
        const last = chained.at(-1) ?? head;
        return { position: (last?.position ?? 0) + 1, previous: hashOfLine(last) };
      };
      for (const entry of waiting) chained.push({ ...entry, ...next() });
      const { position, previous } = next();
      const closing = headEntry(issuer, batchAfter(head), clock.now(), position, previous);
      chained.push({ ...closing, signature: await keys.sign(closing.entry), position, previous });
      // Of several at once one writes, and the others look again: the key of the head is what locks the chain.
      if (!(await store.chainReceipts(chained))) continue;
      count += waiting.length;
      // What has come meanwhile is for the next time: where entries always come, waiting for none would never end.
      if (waiting.length < BATCH) return count;
    }
  }

  return {
    chain,
    async *lines() {
      let after = 0;
      for (;;) {
        const page = await store.listReceipts({ after, limit: BATCH });
        for (const one of page) yield lineOf(one);
        const last = page.at(-1);
        if (last === undefined) return;
        after = last.position;
      }
    },
    find: (action) => findActionReceipts(store, action),
    async excerpt(action, by) {
      const { actor, reason } = parseBy(by);
      await chain();
      const lines = await excerptOf(store, action, BATCH);
      const { userId, actionId } = action;
      await onExport({
        type: "receipts.exported",
        at: clock.now(),
        userId,
        action: action.action,
        actionId,
        actor,
        reason,
      });
      return lines;
    },
    publicKeys: keys.publicKeys,
    schedule() {
      timer ??= setTimeout(() => {
        timer = undefined;
        chain().catch(onFailure);
      }, DELAY_MS).unref();
    },
  };
}

/** The number of the batch after the one that a head closed. */
function batchAfter(head: ChainedReceipt | undefined): number {
  return head === undefined ? 1 : Number(head.entryId.slice("head:".length)) + 1;
}
