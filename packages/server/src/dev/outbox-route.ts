import { errorReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";
import type { ApiSecrets } from "../secrets/api-secrets.ts";
import type { DevOptions } from "./outbox.ts";
import { isDirect, isFromThisMachine } from "./local-request.ts";

/** Shows a developer, or a test, what would have been sent. */
export function outboxRoute({ outbox, isLocal = false }: DevOptions, secrets: ApiSecrets): Route {
  return {
    method: "GET",
    path: "/dev/outbox",
    async handle({ request, incoming }) {
      if (!isDirect(request)) {
        return errorReply(403, "forbidden", "The outbox is not for requests that a proxy has passed on.");
      }
      if (!isLocal || !isFromThisMachine(request, incoming)) {
        const refusal = secrets.refusalOf(request, { incoming });
        if (refusal !== undefined) return refusal;
      }
      return { messages: outbox.entries() };
    },
  };
}
