import type { GuardEvent } from "@require-action/core/events";
import { createMetrics } from "./metrics.ts";
import { createSpans } from "./spans.ts";

/** The name under which spans and metrics are made. */
const SCOPE = "@require-action/opentelemetry";

/**
 * Creates a listener for a guard's `on` that makes spans and metrics of what the guard emits, by way of
 * `@opentelemetry/api`: without an SDK it does nothing. Create it after the SDK has been registered. Neither spans nor
 * metrics hold a user's id, a token or a reason.
 *
 * @example
 * const on = openTelemetry();
 * @see https://opentelemetry.io/docs/specs/semconv/general/metrics/
 */
export function openTelemetry(): (event: GuardEvent) => void {
  const measure = createMetrics(SCOPE);
  const trace = createSpans(SCOPE);
  return function recordGuardEvent(event) {
    measure(event);
    trace(event);
  };
}
