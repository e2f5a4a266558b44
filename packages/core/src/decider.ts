import { ConfigurationError } from "./errors.ts";
import type { GuardOptions, OnUnavailable } from "./guard-options.ts";
import { isId } from "./ids.ts";
import type { ActionProvider } from "./provider.ts";
import { lineOf, type ProviderLine } from "./provider-line.ts";
import type { SealSubject } from "./seal.ts";

/** A provider in its part: the guard's own, or the one that `onUnavailable` names. */
export interface Decider {
  readonly provider: ActionProvider;
  /** Absent with `resilience: "none"`. */
  readonly line: ProviderLine | undefined;
  readonly isFallback: boolean;
}

type ProviderOptions = Pick<GuardOptions<object>, "provider" | "resilience">;

/** The guard's own provider. */
export function primaryOf({ provider, resilience }: ProviderOptions): Decider {
  return { provider, line: chosenLine(provider, resilience), isFallback: false };
}

/** The provider that `onUnavailable` names, if it names one. */
export function fallbackOf(
  onUnavailable: OnUnavailable | undefined,
  { provider: primary, resilience }: ProviderOptions,
): Decider | undefined {
  if (typeof onUnavailable !== "object") return undefined;
  const { provider } = onUnavailable;
  if (provider === primary) {
    throw new ConfigurationError("onUnavailable.provider", "must be another provider than the guard's own");
  }
  if (!isId(provider.name)) throw new ConfigurationError("onUnavailable.provider", "must have a name, for its seals");
  return { provider, line: chosenLine(provider, resilience), isFallback: true };
}

function chosenLine(provider: ActionProvider, resilience: ProviderOptions["resilience"]): ProviderLine | undefined {
  return resilience === "none" ? undefined : lineOf(provider, resilience);
}

/**
 * Whom a seal is for when this provider decides. A fallback is named in it, so that an approval of the one is never taken for
 * an approval of the other.
 */
export function sealedFor({ provider, isFallback }: Decider, subject: SealSubject): SealSubject {
  return isFallback ? { ...subject, fallback: provider.name } : subject;
}
