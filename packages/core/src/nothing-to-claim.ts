import type { ApprovedAction } from "./approved-action.ts";
import { ConfigurationError } from "./errors.ts";
import { inStep } from "./in-step.ts";
import type { ClaimingLedger } from "./ledger.ts";

/** The `claim` of a request that goes on without an approval: there is nothing to use up. */
export const claimNothing = ((ledger: ClaimingLedger): void | Promise<void> =>
  inStep(
    ledger,
    () => undefined,
    () => {},
  )) as ApprovedAction["claim"];

/** The `claim` of a route whose guard claims: whoever calls it believes that a crash would not lose the approval. */
export const refuseToClaim = ((ledger: ClaimingLedger): void | Promise<void> =>
  inStep(
    ledger,
    () => {
      throw new ConfigurationError(
        "claim",
        'the guard claims on this route; declare claim: "handler" to leave it to you',
      );
    },
    () => {},
  )) as ApprovedAction["claim"];
