import { ConfigurationError } from "../reply/errors.ts";
import type { ClaimingLedger, Ledger } from "./ledger.ts";

/** Works at once, or as a promise: as the ledger answers. Throws a `ConfigurationError` when it is given no ledger. */
export function callLedger(
  ledger: ClaimingLedger,
  work: () => unknown,
  conclude: (answer: unknown) => void,
  fail: (error: unknown) => never = rethrow,
): void | Promise<void> {
  if (typeof (ledger as Partial<Ledger> | undefined)?.claim !== "function") {
    throw new ConfigurationError("ledger", "must be a ledger, such as ledger.within(client)");
  }
  if (!("synchronous" in ledger)) return (async () => conclude(await work()))().catch(fail);
  try {
    return conclude(work());
  } catch (error) {
    return fail(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
