import { EngineError } from "../../lib/engine-error.ts";
import type { ChainedReceipt, ReceiptRecord, ReceiptStore } from "../receipt-records.ts";

/** The memory store's receipts. */
interface MemoryReceipts {
  /** @throws EngineError `store_full` where {@link add} would find no room */
  makeRoom(receipts: readonly ReceiptRecord[]): void;
  /** Keeps entries whose ids are new. */
  add(receipts: readonly ReceiptRecord[]): void;
  readonly verbs: ReceiptStore;
}

export function createMemoryReceipts(limit: number): MemoryReceipts {
  const ids = new Set<string>();
  let waiting: ReceiptRecord[] = [];
  /** At index `position - 1`. */
  const chain: ChainedReceipt[] = [];

  function makeRoom(receipts: readonly ReceiptRecord[]): void {
    if (receipts.length === 0 || ids.size + receipts.length <= limit) return;
    throw new EngineError("store_full", `The memory store holds ${limit} receipts already.`);
  }

  function add(receipts: readonly ReceiptRecord[]): void {
    for (const receipt of receipts) {
      const count = ids.size;
      if (ids.add(receipt.entryId).size > count) waiting.push(receipt);
    }
  }

  return {
    makeRoom,
    add,
    verbs: {
      putReceipts(receipts) {
        makeRoom(receipts);
        add(receipts);
      },
      listWaitingReceipts: async (count) => ({ head: chain.at(-1), waiting: waiting.slice(0, count) }),
      async chainReceipts(chained) {
        const head = chained.at(-1);
        const isNext = head?.position === chain.length + chained.length;
        if (head === undefined || ids.has(head.entryId) || !isNext) return false;
        ids.add(head.entryId);
        // As they were listed: from the front.
        waiting = waiting.slice(chained.length - 1);
        chain.push(...chained);
        return true;
      },
      // Seldom asked for, so there is no index.
      findReceipts: async (entryIds) => [...chain, ...waiting].filter(({ entryId }) => entryIds.includes(entryId)),
      listReceipts: async ({ after, limit: count }) => chain.slice(after, after + count),
    },
  };
}
