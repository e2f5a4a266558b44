import type { AdapterOptions, AdapterTerms, Awaitable, GuardRequest, ProxyTrust } from "@require-action/core/adapter";

/** What a platform hands to its handlers. The first is what resolvers receive, and an object of its own for each request. */
export type HandlerArguments = readonly [native: object, ...rest: unknown[]];

/** The part of an `AbortSignal` that is needed to know that a client has gone. */
export interface LeaveSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): unknown;
  removeEventListener(type: "abort", listener: () => void): unknown;
}

/** How a platform states what a guard has to know. All functions receive what its handlers do. */
export interface Platform<Args extends HandlerArguments> {
  readonly request: (...args: Args) => Request;
  /** Who is signed in, by the platform's habit. Where there is none, the application must say. */
  readonly user?: (native: Args[0]) => Awaitable<string | number | null | undefined>;
  /** The client's address, where the platform states it; never from a header that clients can send. */
  readonly address?: (...args: Args) => string | undefined;
  readonly trust?: ProxyTrust;
  /** Aborts once the client has gone, where the signal of the `Request` does not. */
  readonly signal?: (...args: Args) => LeaveSignal | undefined;
  /** What it knows better than a `Request`. */
  readonly known?: (...args: Args) => Partial<Pick<GuardRequest<object>, "body" | "closed" | "target" | "whenEnded">>;
  /** Schemas of options that the platform adds to a guard's. */
  readonly own?: AdapterTerms<object>["own"];
  /** Receives the body's bytes, for a platform that reads past the `Request`. */
  readonly keepBody?: (bytes: Uint8Array, ...args: Args) => unknown;
}

/** Options that all factories add to a guard's. */
export interface FetchOptions<Native extends object> {
  /** The client's address, where the platform does not state it: as your own proxy sends it, for example. */
  readonly clientAddress?: (native: Native) => string | undefined;
  /** The largest body that is read, in bytes: 1 MiB by default. A larger one is refused with 413 `body_too_large`. */
  readonly bodyLimit?: number;
}

/** Options of a factory for a platform whose users are known. */
export type FetchAdapterOptions<Native extends object> = AdapterOptions<Native> & FetchOptions<Native>;
