import type { CallOptions } from "@require-action/core";
import { EngineError } from "./engine-error.ts";

/**
 * Runs one call of the provider port for as long as its caller waits.
 * @throws EngineError `aborted` as soon as the signal says so, whatever a store or a lookup is doing.
 */
export async function abortable<T>({ signal }: CallOptions, call: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw gone();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(gone());
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([call(), aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}

function gone(): EngineError {
  return new EngineError("aborted", "The caller did not wait for the engine's answer.");
}
