import { DeadlineExceeded } from "./deadline.ts";
import { isPromiseLike } from "./promise-like.ts";
import type { CallOptions } from "./provider.ts";

/**
 * One call of a provider, and its one deadline over everything that it takes: waiting for its turn, both of its tries and
 * their bodies.
 */
export interface ProviderCall extends CallOptions {
  /** True once the deadline has passed. */
  readonly aborted: boolean;
  mayRepeat: CallOptions["mayRepeat"];
  /** Waits for `work`, but not past the deadline. One thing at a time. */
  wait<T>(work: PromiseLike<T> | T): PromiseLike<T> | T;
  /** Stops the clock. */
  end(): void;
}

// A class, as an object with getters of its own costs as much as the signal that they save.
class Call implements ProviderCall {
  readonly #deadlineMs: number;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reason: DeadlineExceeded | undefined;
  #giveUp: ((reason: DeadlineExceeded) => void) | undefined;
  mayRepeat: CallOptions["mayRepeat"] = undefined;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

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
    this.#timer ??= setTimeout(() => this.#pass(), this.#deadlineMs);
    return new Promise<T>((resolve, reject) => {
      this.#giveUp = reject;
      work.then(resolve, reject);
      if (this.#reason) reject(this.#reason);
    });
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #pass(): void {
    this.#reason = new DeadlineExceeded(`no answer within ${this.#deadlineMs} ms`);
    // First, so that this is the error that is seen rather than the one of a call that is aborted.
    this.#giveUp?.(this.#reason);
    this.#controller?.abort(this.#reason);
  }
}

/**
 * Starts a call with a signal of its own, so that one slow call never aborts another. The signal is made when the provider
 * first asks for it: making one costs as much as sealing does, and a provider in this process needs none. Time begins to
 * run with the first wait.
 */
export function startCall(deadlineMs: number): ProviderCall {
  return new Call(deadlineMs);
}

/** True when nobody waits for the call any more; makes no signal where the caller can tell without. */
export function isAborted(call: CallOptions): boolean {
  return call.aborted ?? call.signal.aborted;
}
