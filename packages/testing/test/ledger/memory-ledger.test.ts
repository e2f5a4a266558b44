import { createMemoryLedger } from "@require-action/core";
import { createManualClock } from "../../src/index.ts";
import { ledgerConformance } from "../../src/conformance.ts";

ledgerConformance({
  name: "memory",
  async open() {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock });
    return { ledger, other: ledger, pass: async (ms) => clock.advance(ms), close: async () => {} };
  },
});
