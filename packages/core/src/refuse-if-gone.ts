import type { GuardRequest } from "./guard-request.ts";
import { Refusal } from "./refusal.ts";

/** The refusal of a request for which nobody waits any more: what it would do, its client would not learn, and do again. */
export function refuseIfGone(request: Pick<GuardRequest<object>, "closed">): Refusal | undefined {
  if (!request.closed()) return undefined;
  return new Refusal(
    "client_disconnected",
    "the client went away, or was answered by something else, before its action could run",
  );
}
