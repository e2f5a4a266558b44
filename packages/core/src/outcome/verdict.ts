import type { ApprovedAction } from "./approved-action.ts";
import type { Reply } from "../reply/refusal.ts";

/** The request goes on to its handler. */
export interface Proceed {
  readonly kind: "proceed";
  readonly approved: ApprovedAction;
}

/** What the guard returns to an adapter. */
export type Verdict = Proceed | Reply;
