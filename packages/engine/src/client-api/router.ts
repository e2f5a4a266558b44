import { errorReply, jsonReply, replyToError } from "./reply.ts";
import { readJson } from "./read-json.ts";

/** A request that found its route. */
export interface RoutedRequest {
  readonly request: Request;
  readonly url: URL;
  /** The path's segments that stand for a `:name`, decoded. */
  readonly params: ReadonlyMap<string, string>;
  /** The JSON body; `{}` when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One endpoint. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** As `/users/:userId`. */
  readonly path: string;
  /** Answers with a body for status 200, or with a whole response. What it throws becomes an error in Authsignal's shape. */
  readonly handle: (routed: RoutedRequest) => Promise<unknown>;
}

/** Anything that answers requests as the fetch API has them. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** Makes one handler of a table of routes. It never rejects. */
export function createRouter(
  routes: readonly Route[],
  { basePath = "" }: { readonly basePath?: string } = {},
): FetchHandler {
  const table = routes.map((route) => ({ ...route, segments: route.path.split("/").slice(1) }));

  return async (request) => {
    try {
      const url = new URL(request.url);
      if (!url.pathname.startsWith(`${basePath}/`)) return notFound();
      const segments = url.pathname.slice(basePath.length + 1).split("/");
      const matches = table.flatMap((route) => {
        const params = matchSegments(route.segments, segments);
        return params === undefined ? [] : [{ route, params }];
      });
      if (matches.length === 0) return notFound();
      const match = matches.find(({ route }) => route.method === request.method);
      if (match === undefined) {
        const allow = matches.map(({ route }) => route.method).join(", ");
        return errorReply(405, "method_not_allowed", "The endpoint has no such method.", { allow });
      }
      const body = request.method === "GET" ? {} : await readJson(request);
      const answer = await match.route.handle({ request, url, params: match.params, body });
      return answer instanceof Response ? answer : jsonReply(200, answer);
    } catch (error) {
      return replyToError(error);
    }
  };
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): ReadonlyMap<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params = new Map<string, string>();
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":")) {
      const value = decodeSegment(segment);
      if (value === undefined) return undefined;
      params.set(part.slice(1), value);
    } else if (part !== segment) return undefined;
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return segment === "" ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function notFound(): Response {
  return errorReply(404, "not_found", "There is no such endpoint.");
}
