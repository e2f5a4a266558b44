import { describeLedgerConformance } from "@require-action/conformance/ledger";
import { createMemoryLedger } from "@require-action/core";
import { createManualClock } from "@require-action/testing";

describeLedgerConformance({
  name: "memory",
  open() {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock });
    return { ledger, other: ledger, pass: (ms) => clock.advance(ms) };
  },
});
