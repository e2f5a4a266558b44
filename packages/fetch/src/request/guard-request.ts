import type { EndListener, GuardRequest } from "@require-action/core/adapter";
import type { FetchOptions, HandlerArguments, LeaveSignal, Platform } from "./platform.ts";
import { readBody } from "./request-body.ts";

/** How one adapter reads requests. */
interface RequestTerms<Args extends HandlerArguments> {
  readonly platform: Platform<Args>;
  readonly clientAddress: FetchOptions<Args[0]>["clientAddress"];
  readonly bodyLimit: number;
}

/** A request on its way through a guard. */
interface OpenRequest<Native extends object> {
  readonly request: GuardRequest<Native>;
  /** Ends it, with the response of whatever answered it; without one, as its handler threw. Returns what goes out. */
  end(response: Response): Response;
  end(): void;
}

/** Makes of a platform's request what a guard sees of it. */
export async function openRequest<Args extends HandlerArguments>(
  { platform, clientAddress, bodyLimit: limit }: RequestTerms<Args>,
  args: Args,
): Promise<OpenRequest<Args[0]>> {
  const [native] = args;
  const known = platform.known?.(...args) ?? {};
  const web = platform.request(...args);
  const signal: LeaveSignal = platform.signal?.(...args) ?? web.signal;
  const { keepBody } = platform;
  const keep = keepBody && ((bytes: Uint8Array) => keepBody(bytes, ...args));
  const body = known.body ?? (await readBody(web, { limit, keep }));
  // Before anything listens, as either may throw.
  const ip = clientAddress ? clientAddress(native) : platform.address?.(...args);
  const listeners = new Set<EndListener>();
  const cookies: string[] = [];
  const notify = (status: number | undefined): void => {
    for (const listener of listeners) {
      listeners.delete(listener);
      listener(status);
    }
  };
  // A client that has gone waits for nothing.
  const leave = (): void => notify(undefined);
  signal.addEventListener("abort", leave);
  const request: GuardRequest<Args[0]> = {
    native,
    method: web.method,
    target: web.url,
    ip,
    trustedProxies: () => (clientAddress ? undefined : platform.trust),
    header: (name) => web.headers.get(name) ?? undefined,
    closed: () => signal.aborted,
    whenEnded: (listener) => void (signal.aborted ? listener(undefined) : listeners.add(listener)),
    setCookie: (cookie) => void cookies.push(cookie),
    ...known,
    body,
  };
  const end = (response?: Response): any => {
    signal.removeEventListener("abort", leave);
    notify(response?.status ?? 500);
    // Servers that are handed a body write it behind whatever has been answered meanwhile.
    if (response && request.closed()) return new Response(null, { status: 499 });
    return response && withCookies(response, cookies);
  };
  return { request, end };
}

/** A response with these cookies: a copy, as headers of responses that were redirected or fetched cannot be added to. */
function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response;
  const sent = new Response(response.body, response);
  for (const cookie of cookies) sent.headers.append("set-cookie", cookie);
  return sent;
}
