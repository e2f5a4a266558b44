import type { ApprovedAction } from "./approved-action.ts";
import type { ErrorCode } from "./errors.ts";

/** The request goes on to its handler. */
export interface Proceed {
  readonly kind: "proceed";
  readonly approved: ApprovedAction;
}

/** The request is answered here. The reply is complete: an adapter writes it as it is. */
export interface Reply {
  readonly kind: "reply";
  readonly code: ErrorCode;
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the guard tells an adapter. */
export type Verdict = Proceed | Reply;
