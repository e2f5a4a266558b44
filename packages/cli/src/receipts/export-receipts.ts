import { lineOf } from "@require-action/engine/receipts";
import type { Terminal } from "../lib/terminal.ts";
import { openStore } from "../store/open-store.ts";
import type { StoreLocation } from "../store/store-location.ts";

const PAGE = 1000;

/** Writes the receipts of a store, line by line. */
export async function exportReceipts(location: StoreLocation, terminal: Terminal): Promise<void> {
  const { store, close } = await openStore(location, { migrate: false }, terminal);
  try {
    let after = 0;
    for (;;) {
      const page = await store.listReceipts({ after, limit: PAGE });
      for (const one of page) terminal.write(lineOf(one));
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.position;
    }
    const { waiting } = await store.listWaitingReceipts(PAGE);
    if (waiting.length > 0) terminal.warn(`${waiting.length} entries wait for an engine to chain them.`);
  } finally {
    await close();
  }
}
