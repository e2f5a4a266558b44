import type { ActionProvider, Awaitable, CallOptions } from "@require-action/core/provider";

/** A provider behind a line that can be cut. */
export interface CuttableProvider {
  readonly provider: ActionProvider;
  setReachable(reachable: boolean): void;
}

/** Puts a provider behind a line that can be cut: then its calls get no answer, until they are given up on. */
export function createCuttableProvider(inner: ActionProvider): CuttableProvider {
  let reachable = true;
  const line = async <Answer>({ signal }: CallOptions, call: () => Awaitable<Answer>): Promise<Answer> => {
    if (reachable) return call();
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("no answer"))));
  };
  return {
    provider: {
      name: inner.name,
      track: (request, options) => line(options, () => inner.track(request, options)),
      validateChallenge: (request, options) => line(options, () => inner.validateChallenge(request, options)),
      getAction: (request, options) => line(options, () => inner.getAction(request, options)),
    },
    setReachable(value) {
      reachable = value;
    },
  };
}
