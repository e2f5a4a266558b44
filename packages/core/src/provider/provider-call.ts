import { DeadlineExceeded } from "../lib/deadline.ts";
import type { LoadWatch, WatchedWait } from "../lib/load-watch.ts";
import { isPromiseLike } from "../lib/awaitable.ts";
import type { ActionProvider, CallOptions } from "./provider.ts";

/**
 * One call of a provider, and its one deadline over everything that it takes: waiting for its turn, both of its tries and
 * their bodies.
 */
export interface ProviderCall extends CallOptions {
  /** True once the deadline has passed. */
  readonly aborted: boolean;
  mayRepeat: CallOptions["mayRepeat"];
  /** Notes that the provider answered, in whole or in part. */
  progress(): void;
  /** Set once the call has failed by this process's own doing. */
  wasHeldUp: boolean;
  /** True when it is this process, rather than the provider, that the call was held up by. */
  isOwnDoing(): boolean;
  /** Waits for `work`, but not past the deadline. One thing at a time. */
  wait<T>(work: PromiseLike<T> | T): PromiseLike<T> | T;
  /** Stops the clock. */
  end(): void;
}

// A class, as an object with getters of its own costs as much as the signal that they save.
class Call implements ProviderCall {
  readonly #deadlineMs: number;
  readonly #watch: LoadWatch;
  readonly #provider: Pick<ActionProvider, "isBusy">;
  #watched: WatchedWait | undefined;
  /** What there was to say when the deadline fired. */
  #verdict: boolean | undefined;
  #turn: NodeJS.Immediate | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reason: DeadlineExceeded | undefined;
  #giveUp: ((reason: DeadlineExceeded) => void) | undefined;
  #stops: Set<() => void> | undefined;
  mayRepeat: CallOptions["mayRepeat"] = undefined;
  wasHeldUp = false;

  constructor(deadlineMs: number, watch: LoadWatch, provider: Pick<ActionProvider, "isBusy">) {
    this.#deadlineMs = deadlineMs;
    this.#watch = watch;
    this.#provider = provider;
  }

  // A provider takes it out of the options that it is given.
  readonly progress = (): void => this.#watched?.answered();
  readonly onAbort = (stop: () => void): (() => void) => {
    const stops = (this.#stops ??= new Set());
    stops.add(stop);
    return () => stops.delete(stop);
  };

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  wait<T>(work: PromiseLike<T> | T): PromiseLike<T> | T {
    if (!isPromiseLike(work)) return work;
    this.#watched ??= this.#watch.begin(this.#deadlineMs);
    this.#timer ??= setTimeout(() => this.#fire(), this.#deadlineMs);
    return new Promise<T>((resolve, reject) => {
      this.#giveUp = reject;
      work.then(resolve, reject);
      if (this.#reason) reject(this.#reason);
    });
  }

  isOwnDoing(): boolean {
    return this.#verdict ?? this.#watched?.isOwnDoing() ?? false;
  }

  end(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  #fire(): void {
    this.#verdict = this.isOwnDoing() || (this.#provider.isBusy?.() ?? false);
    // The answer may have arrived while this process was at something else: timers fire before what arrived is read.
    this.#turn = setImmediate(() => this.#pass());
  }

  #pass(): void {
    this.#verdict ||= this.#watched?.isSlow();
    this.#reason = new DeadlineExceeded(`no answer within ${this.#deadlineMs} ms`);
    // First, so that this is the error that is seen rather than the one of a call that is aborted.
    this.#giveUp?.(this.#reason);
    this.#controller?.abort(this.#reason);
    for (const stop of this.#stops ?? []) stop();
  }
}

/**
 * Starts a call with a signal of its own, so that one slow call never aborts another. The signal is made when the provider
 * first asks for it: making one costs as much as sealing does, and a provider in this process needs none. Time begins to
 * run with the first wait.
 */
export function startCall(
  deadlineMs: number,
  watch: LoadWatch,
  provider: Pick<ActionProvider, "isBusy"> = {},
): ProviderCall {
  return new Call(deadlineMs, watch, provider);
}

/** True when nobody waits for the call any more; makes no signal where the caller knows without one. */
export function isAborted(call: CallOptions): boolean {
  return call.aborted ?? call.signal.aborted;
}

/**
 * Calls `stop` once nobody waits for the call any more, unless what this returns was called before. Makes no signal where the
 * caller knows without one. A call that is aborted already is for {@link isAborted} to tell.
 */
export function whenAborted(call: CallOptions, stop: () => void): () => void {
  if (call.onAbort) return call.onAbort(stop);
  const { signal } = call;
  signal.addEventListener("abort", stop, { once: true });
  return () => signal.removeEventListener("abort", stop);
}
