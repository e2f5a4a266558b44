import type { IncomingMessage } from "node:http";

/** A message of `node:http`, as frameworks hand it on. Express and Connect keep the target that a mount shortens. */
export type Incoming = IncomingMessage & { readonly originalUrl?: unknown };

/**
 * The message that a request was made of, when the server hands it along as `toNodeHandler` and `@hono/node-server` do, in
 * an `environment` with `incoming`. The latter also keeps it in the request itself, for handlers that are given no more.
 */
export function incomingOf(request: Request, environment: unknown): Incoming | undefined {
  if (hasMember(environment, "incoming") && isIncoming(environment.incoming)) return environment.incoming;
  const symbol = Object.getOwnPropertySymbols(request).find(({ description }) => description === "incomingKey");
  const kept: unknown = symbol === undefined ? undefined : Reflect.get(request, symbol);
  return isIncoming(kept) ? kept : undefined;
}

function isIncoming(value: unknown): value is Incoming {
  return hasMember(value, "url") && typeof value.url === "string" && hasMember(value, "rawHeaders");
}

function hasMember<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === "object" && value !== null && name in value;
}
