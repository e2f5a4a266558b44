import type { Awaitable } from "../lib/awaitable.ts";
import { Refusal } from "../reply/refusal.ts";
import type { EndListener } from "./response-end.ts";

/** What an adapter supplies about a request. */
export interface GuardRequest<Native extends object> {
  /**
   * What the application's resolvers receive, and what the approved action is kept under: `req`, `ctx`, … A new object for
   * each request: what one object has claimed, it may claim again.
   */
  readonly native: Native;
  readonly method: string;
  /** Path and query as received, before any router rewrote them. */
  readonly target: string;
  /** The client's address as the framework resolved it, in any spelling. */
  readonly ip: string | undefined;
  /** Whose `X-Forwarded-For` the framework believes when it resolves {@link ip}; nothing where that cannot be told. */
  trustedProxies?(): ProxyTrust | undefined;
  /** A header by its lower-case name; several of one name are joined with `, `. */
  header(name: string): string | undefined;
  readonly body: RequestBody;
  /** True once the client has gone away, or has had its answer from something else, such as a time limit. */
  closed(): boolean;
  /**
   * Calls `listener` once when the response has ended, or at once if it has already: its status, or nothing where the
   * connection closed before the application had answered.
   */
  whenEnded(listener: EndListener): void;
  /** Adds a `Set-Cookie` to whatever answers this request. Where it is absent, no device is remembered. */
  setCookie?(cookie: string): void;
}

/** Whose word a framework takes for a client's address: the connection's alone, that of known proxies, or anybody's. */
export type ProxyTrust = "none" | "some" | "any";

/** What Express's `trust proxy` says: `true` for every proxy; else a number of hops, addresses, a function, or nothing. */
export function proxyTrust(setting: unknown): ProxyTrust {
  if (setting === true) return "any";
  return setting ? "some" : "none";
}

/** A request's body as far as somebody has parsed it. */
export interface RequestBody {
  /** True when the client sent any bytes. */
  readonly sent: boolean;
  /** True when the bytes have been read to the end, by a parser for example. */
  readonly read: boolean;
  /** What the parser left. */
  readonly value: unknown;
  /** Tells whether a parser ran and left an unread body alone, as it reads no such type: that is the client's to mend. */
  readonly passedOver?: (() => boolean) | undefined;
  /** True when the body is left unread because it is larger than whoever reads it allows: that is the client's to mend, too. */
  readonly tooLarge?: boolean | undefined;
  /**
   * Resolves to true once an unread body turns out to have no bytes, however it was announced. Reads nothing that the
   * application could miss. Asked for only where the guard would otherwise refuse an unread body.
   */
  readonly isEmpty?: ((signal: AbortSignal) => Promise<boolean>) | undefined;
  /**
   * The text that was sent, before any parser: nothing where it is not at hand. Asked for once the application's `bind`,
   * which may be what reads the body, has answered.
   */
  readonly text?: (() => Awaitable<string | Uint8Array | undefined>) | undefined;
}

/** Where a client sends its approval: the one place that is read. */
export const ACTION_TOKEN_HEADER = "action-token";

const MAX_TOKEN_LENGTH = 4096;
/** JWTs, sealed keys and opaque tokens. Neither a comma nor a space, so that two headers joined to one are refused. */
const TOKEN: RegExp = /^[A-Za-z0-9._~+/=-]+$/;

/** The approval that a request brings, or `undefined`. Refuses an empty, doubled, oversized or binary one. */
export function readActionToken(request: Pick<GuardRequest<object>, "header">): string | undefined {
  const token = request.header(ACTION_TOKEN_HEADER);
  if (token === undefined) return undefined;
  if (typeof token !== "string") throw new Refusal("action_token_malformed", "the action token is not a string");
  if (token.length > MAX_TOKEN_LENGTH) throw new Refusal("action_token_malformed", "the action token is too long");
  if (!TOKEN.test(token)) throw new Refusal("action_token_malformed", malformationOf(token));
  return token;
}

function malformationOf(token: string): string {
  if (token === "") return "the action token is empty";
  if (token.includes(",")) return "there is more than one action token";
  return "the action token holds a character that no token has: send it alone, without a scheme, quotes or spaces";
}
