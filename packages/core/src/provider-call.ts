import type { CallOptions } from "./provider.ts";

/** One call of a provider, and the means to end it. */
export interface ProviderCall extends CallOptions {
  /** Tells the provider that nobody waits any more. */
  abort(reason: Error): void;
}

// A class, as an object with getters of its own costs as much as the signal that they save.
class Call implements ProviderCall {
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/**
 * Starts a call with a signal of its own, so that one slow call never aborts another. The signal is made when the provider
 * first asks for it: making one costs as much as sealing does, and a provider in this process needs none.
 */
export function startCall(): ProviderCall {
  return new Call();
}

/** True when nobody waits for the call any more; makes no signal where the caller can tell without. */
export function isAborted(call: CallOptions): boolean {
  return call.aborted ?? call.signal.aborted;
}
