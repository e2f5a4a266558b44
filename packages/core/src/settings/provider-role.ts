import { ConfigurationError } from "../reply/errors.ts";
import type { GuardOptions, OnUnavailable } from "./guard-options.ts";
import { isId } from "../lib/ids.ts";
import { createLoadWatch, type LoadWatch } from "../lib/load-watch.ts";
import type { ActionProvider } from "../provider/provider.ts";
import { pipelineOf, type ResiliencePipeline } from "../provider/resilience/pipeline.ts";
import type { SealSubject } from "../binding/seal.ts";

/** A provider in its part: the guard's own, or the one that `onUnavailable` names. */
export interface ProviderRole {
  readonly provider: ActionProvider;
  /** Absent with `resilience: "none"`. */
  readonly pipeline: ResiliencePipeline | undefined;
  /** Shared by all guards of the provider. */
  readonly watch: LoadWatch;
  readonly isFallback: boolean;
}

type ProviderOptions = Pick<GuardOptions<object>, "provider" | "resilience">;

/** The guard's own provider. */
export function primaryOf({ provider, resilience }: ProviderOptions): ProviderRole {
  return { provider, pipeline: chosenPipeline(provider, resilience), watch: watchOf(provider), isFallback: false };
}

/** The provider that `onUnavailable` names, if it names one. */
export function fallbackOf(
  onUnavailable: OnUnavailable | undefined,
  { provider: primary, resilience }: ProviderOptions,
): ProviderRole | undefined {
  if (typeof onUnavailable !== "object") return undefined;
  const { provider } = onUnavailable;
  if (provider === primary) {
    throw new ConfigurationError("onUnavailable.provider", "must be another provider than the guard's own");
  }
  if (!isId(provider.name))
    throw new ConfigurationError("onUnavailable.provider", "must have a name, which its seals contain");
  return { provider, pipeline: chosenPipeline(provider, resilience), watch: watchOf(provider), isFallback: true };
}

function chosenPipeline(
  provider: ActionProvider,
  resilience: ProviderOptions["resilience"],
): ResiliencePipeline | undefined {
  return resilience === "none" ? undefined : pipelineOf(provider, resilience);
}

const watches = new WeakMap<ActionProvider, LoadWatch>();

function watchOf(provider: ActionProvider): LoadWatch {
  const known = watches.get(provider);
  if (known) return known;
  const watch = createLoadWatch();
  watches.set(provider, watch);
  return watch;
}

/**
 * Whom a seal is for when this provider decides. A fallback is named in it, so that an approval of the one is never taken for
 * an approval of the other.
 */
export function sealedFor({ provider, isFallback }: ProviderRole, subject: SealSubject): SealSubject {
  return isFallback ? { ...subject, fallback: provider.name } : subject;
}
