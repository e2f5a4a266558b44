import type { Clock } from "@require-action/core";
import type { ReceiptRecord } from "../store/receipt-records.ts";
import type { Store } from "../store/store.ts";
import { executedEntry } from "./entries.ts";

/** Entries that are written together. */
interface Batch {
  readonly entries: ReceiptRecord[];
  readonly written: Promise<void>;
}

/**
 * Notes that guards hand what receipts are about to their handlers: once, however often it is said. What is noted within one turn of
 * the event loop is written in one step, so that requests that come at once share a commit.
 */
export function createExecutionWriter(
  store: Pick<Store, "putReceipts">,
  clock: Clock,
): (executed: { readonly receipt: string }) => Promise<void> {
  let next: Batch | undefined;

  function begin(): Batch {
    const entries: ReceiptRecord[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const written = turn.then(() => {
      next = undefined;
      return store.putReceipts(entries);
    });
    return { entries, written };
  }

  return ({ receipt }) => {
    const entry = executedEntry(clock.now(), receipt);
    next ??= begin();
    next.entries.push(entry);
    return next.written;
  };
}
