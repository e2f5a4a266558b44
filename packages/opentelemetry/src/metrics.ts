import { metrics } from "@opentelemetry/api";
import type { GuardEvent } from "@require-action/core/events";
import {
  ACTION,
  CODE,
  ERROR_TYPE,
  FALLBACK,
  GROUND,
  LEDGER,
  OBSERVED,
  OUTCOME,
  PROVIDER,
  SOURCE,
  STATE,
  STEP,
  VERB,
  WON,
} from "./attributes.ts";

/** Seconds: from what a decision in this process takes to the longest deadline. */
const BUCKETS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Creates what counts and times events. Attributes have few values each: codes of actions, names of providers, and words
 * of the kit.
 */
export function createMetrics(scope: string): (event: GuardEvent) => void {
  const meter = metrics.getMeter(scope);
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(`require_action.${name}`, { unit, description });
  const histogram = (name: string, description: string) =>
    meter.createHistogram(`require_action.${name}`, {
      unit: "s",
      description,
      advice: { explicitBucketBoundaries: BUCKETS },
    });

  const decisions = counter("decisions", "{decision}", "Answers of providers to track.");
  const fallbacks = counter("fallbacks", "{decision}", "Decisions by a fallback, as the provider was unavailable.");
  const proceeds = counter("proceeds", "{request}", "Requests that went on to their handlers, by ground.");
  const failedOpen = counter("failed_open", "{request}", "Requests that went on undecided, by onUnavailable: allow.");
  const refusals = counter(
    "refusals",
    "{request}",
    "Requests that the guard answered, by code; or would have, where it observes.",
  );
  const parked = counter("parked", "{action}", "Parked actions, by what became of them.");
  const failures = counter("failures", "{failure}", "Failures of providers, ledgers and resolvers.");
  const warnings = counter("warnings", "{warning}", "Settings that weaken a guard, and clocks and addresses that err.");
  const breakerChanges = counter("breaker.changes", "{change}", "Breakers that opened, half opened or closed.");
  const providerDuration = histogram("provider.duration", "Duration of calls of providers, retries included.");
  const ledgerDuration = histogram("ledger.duration", "Duration of claims.");

  return function measure(event) {
    switch (event.type) {
      case "call":
        return providerDuration.record(event.durationMs / 1_000, {
          [PROVIDER]: event.provider,
          [VERB]: event.verb,
          ...(event.failure !== undefined && { [ERROR_TYPE]: event.failure }),
        });
      case "decision":
        decisions.add(1, {
          [ACTION]: event.action,
          [PROVIDER]: event.provider,
          [STATE]: event.state,
          [FALLBACK]: event.fallback,
          ...(event.outcome !== undefined && { [OUTCOME]: event.outcome }),
        });
        if (event.fallback) fallbacks.add(1, { [ACTION]: event.action, [PROVIDER]: event.provider });
        return;
      case "proceed":
        proceeds.add(1, { [ACTION]: event.action, [GROUND]: event.ground, [FALLBACK]: event.fallback });
        if (event.failedOpen) failedOpen.add(1, { [ACTION]: event.action });
        return;
      case "refusal":
        return refusals.add(1, {
          [ACTION]: event.action,
          [CODE]: event.code,
          [FALLBACK]: event.fallback,
          [OBSERVED]: event.observed,
        });
      case "claim":
        return ledgerDuration.record(event.durationMs / 1_000, { [LEDGER]: event.ledger, [WON]: event.won });
      case "parked":
        return parked.add(1, {
          [ACTION]: event.action,
          [STEP]: event.step,
          ...(event.code !== undefined && { [CODE]: event.code }),
        });
      case "failure":
        return failures.add(1, { [ACTION]: event.action, [SOURCE]: event.source, [ERROR_TYPE]: event.code });
      case "breaker":
        return breakerChanges.add(1, { [PROVIDER]: event.provider, [STATE]: event.state });
      case "warning":
        return warnings.add(1, { [CODE]: event.code });
      default:
    }
  };
}
