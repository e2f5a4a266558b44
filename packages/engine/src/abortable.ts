import { type CallOptions, isAborted } from "@require-action/core";
import { EngineError } from "./engine-error.ts";

/**
 * Runs one call of the provider port for as long as its caller waits.
 * @throws EngineError `aborted` as soon as the signal says so, whatever a store or a lookup is doing.
 */
export function abortable<T>(options: CallOptions, call: () => Promise<T>): Promise<T> {
  if (isAborted(options)) return Promise.reject(gone());
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(gone());
    let signal: AbortSignal | undefined;
    // Listening costs more than deciding does, so it begins only when the answer is not there at once.
    const later = setImmediate(() => {
      if (isAborted(options)) return stop();
      signal = options.signal;
      signal.addEventListener("abort", stop);
    });
    const settle = (): void => {
      clearImmediate(later);
      signal?.removeEventListener("abort", stop);
    };
    call().then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: Error) => {
        settle();
        reject(error);
      },
    );
  });
}

function gone(): EngineError {
  return new EngineError("aborted", "The caller did not wait for the engine's answer.");
}
