import { errorReply, type Route } from "@require-action/engine";
import type { BasicAuth } from "../basic-auth.ts";
import { isLoopbackHost } from "../server-api/redirect-urls.ts";
import type { DevOptions } from "../server-options.ts";

/** Shows a developer, or a test, what would have been sent. */
export function outboxRoute({ outbox, isLocal = false }: DevOptions, isAuthorized: BasicAuth): Route {
  return {
    method: "GET",
    path: "/dev/outbox",
    async handle({ request }) {
      // The Host tells a page of another site, whose name was made to lead here, from the developer.
      if (!isAuthorized(request) && !(isLocal && isLoopbackHost(hostOf(request)))) {
        return errorReply(401, "unauthorized", "The outbox is for the API secret, or for this machine.", {
          "www-authenticate": 'Basic realm="require-action"',
        });
      }
      return { messages: outbox.entries() };
    },
  };
}

function hostOf({ headers }: Request): string {
  const host = `http://${headers.get("host") ?? ""}`;
  return URL.canParse(host) ? new URL(host).hostname : "";
}
