import { DeadlineExceeded, withDeadline } from "../lib/deadline.ts";
import { customizeReply, reportRefusal } from "../reply/custom-reply.ts";
import { RequireActionError } from "../reply/errors.ts";
import { type Refusal, renderRefusal, type Reply } from "../reply/refusal.ts";
import type { GuardRequest } from "../request/guard-request.ts";
import type { ActionSettings } from "../settings/action-settings.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import type { Trail } from "./request-context.ts";

/** The complete reply of a refusal, in the application's own words where `respond` has some. */
export function replyTo<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  refusal: Refusal,
  trail: Trail,
): Awaitable<Reply> {
  const standard = renderRefusal(refusal);
  const { respond } = settings;
  return respond === undefined ? standard : askRespond(settings, request, standard, trail);
}

/** Whatever becomes of `respond`, a refusal is sent. */
async function askRespond<Native extends object>(
  { respond, decisionDeadlineMs }: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
  standard: Reply,
  trail: Trail,
): Promise<Reply> {
  try {
    const report = reportRefusal(standard);
    return customizeReply(standard, await withDeadline(decisionDeadlineMs, () => respond!(report, native)));
  } catch (thrown) {
    const { code, message, cause } = asRespondError(thrown);
    trail.emit?.({ type: "failure", source: "respond", code, reason: message, ...(cause !== undefined && { cause }) });
    return standard;
  }
}

function asRespondError(thrown: unknown): RequireActionError {
  if (thrown instanceof RequireActionError) return thrown;
  if (thrown instanceof DeadlineExceeded) {
    return new RequireActionError("resolver_failed", { detail: `respond: ${thrown.message}` });
  }
  return new RequireActionError("resolver_failed", { detail: "respond threw", cause: thrown });
}
