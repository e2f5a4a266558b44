import type { CallOptions } from "@require-action/core";
import { EngineError } from "./engine-error.ts";

/**
 * Runs one call of the provider port for as long as its caller waits.
 * @throws EngineError `aborted` as soon as the signal says so, whatever a store or a lookup is doing.
 */
export function abortable<T>({ signal }: CallOptions, call: () => Promise<T>): Promise<T> {
  if (signal.aborted) return Promise.reject(gone());
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(gone());
    let isListening = false;
    // Listening costs more than deciding does, so it begins only when the answer is not there at once.
    const later = setImmediate(() => {
      if (signal.aborted) return stop();
      isListening = true;
      signal.addEventListener("abort", stop);
    });
    const settle = (): void => {
      clearImmediate(later);
      if (isListening) signal.removeEventListener("abort", stop);
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
