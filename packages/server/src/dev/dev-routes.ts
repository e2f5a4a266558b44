import { isLoopbackHost } from "@require-action/core/options";
import type { Engine } from "@require-action/engine";
import { networkOf } from "@require-action/engine/server";
import type { Incoming } from "../http/incoming.ts";
import { errorReply } from "../http/reply.ts";
import type { Route, RoutedRequest } from "../http/router.ts";
import type { ApiSecrets } from "../secrets/api-secrets.ts";
import { devHome, followShortLink, tryCase } from "./dev-home.ts";
import { galleryRoutes } from "./gallery.ts";
import { eventsReply } from "./events-page.ts";
import type { DevOptions } from "./outbox.ts";

/** Shows a developer, or a test, what would have been sent, and what was sent to the webhook; and a page of it all at `/`. */
export function devRoutes(
  engine: Engine,
  options: DevOptions,
  {
    secrets,
    pageRoutes,
    basePath,
  }: { readonly secrets: ApiSecrets; readonly pageRoutes: readonly Route[]; readonly basePath: string },
): readonly Route[] {
  const { outbox, events, isLocal = false } = options;
  const home = `${basePath}/`;
  const guarded = (method: "GET" | "POST", path: string, answer: (routed: RoutedRequest) => unknown): Route => ({
    method,
    path,
    async handle(routed) {
      const { request, incoming } = routed;
      // What changes something is asked for by no page of another site, whatever credentials its browser keeps.
      if (!isDirect(request) || (method === "POST" && !isFromHere(request))) {
        return errorReply(403, "forbidden", "What is here is not for requests that a proxy has passed on.");
      }
      if (!isLocal || !isFromThisMachine(request, incoming)) {
        const refusal = secrets.refusalOf(routed);
        if (refusal !== undefined) return refusal;
      }
      return answer(routed);
    },
  });

  return [
    guarded("GET", "/", ({ url }) => devHome(engine, options, home, url.searchParams.get("refused"))),
    guarded("POST", "/dev/try/:name", ({ params }) => tryCase(engine, options, params.get("name") ?? "", home)),
    guarded("GET", "/dev/link/:name", ({ params }) => followShortLink(outbox, params.get("name") ?? "")),
    guarded("GET", "/dev/outbox", () => ({ messages: outbox.entries() })),
    ...(events === undefined
      ? []
      : [guarded("GET", "/dev/events", ({ request }) => eventsReply(request, events.entries()))]),
    ...galleryRoutes(pageRoutes),
  ];
}

/** Headers that proxies and content delivery networks add, of which any one is enough. */
const PROXY_HEADER =
  /^(?:forwarded$|via$|max-forwards$|x-forwarded|x-proxy|x-varnish$|(?:proxy|cf|cdn|fastly|x-nf|fly|akamai)-|x-(?:real|original|client|cluster-client|envoy|azure|arr|appengine|vercel|amzn|amz|cloud)-)|(?:client|connecting)-ip$/;

/** False for a request that says of itself that a proxy has passed it on. */
export function isDirect({ headers }: Request): boolean {
  return ![...headers.keys()].some((name) => PROXY_HEADER.test(name));
}

/**
 * True for a request that a program of this machine has sent here itself, as far as that can be seen: over the loopback
 * interface, to a loopback host, so that no page of another site whose name was made to lead here has sent it. A proxy's is
 * HTTP/1.0, or closes its connection, as nginx has it by default: it adds no header, and names the loopback address as host.
 */
export function isFromThisMachine(request: Request, incoming: Incoming | undefined): boolean {
  if (incoming === undefined) return false;
  const { httpVersion, url, socket } = incoming;
  return (
    isLoopbackAddress(socket?.remoteAddress) &&
    isLoopbackHost(hostOf(request)) &&
    httpVersion !== "1.0" &&
    !/\bclose\b/i.test(request.headers.get("connection") ?? "") &&
    url?.startsWith("/") === true &&
    isFromHere(request)
  );
}

/** A page's request, as far as it is one, is of a page of this machine. */
function isFromHere({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  if (site === "cross-site") return false;
  return origin === null || (URL.canParse(origin) && isLoopbackHost(new URL(origin).hostname));
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === "::1" || networkOf(address).startsWith("127."));
}

function hostOf({ headers }: Request): string {
  const host = `http://${headers.get("host") ?? ""}`;
  return URL.canParse(host) ? new URL(host).hostname : "";
}
