import { type Attributes, SpanStatusCode, trace } from "@opentelemetry/api";
import type { GuardEvent } from "@require-action/core/events";
import {
  ACTION,
  ACTION_ID,
  CODE,
  ERROR_TYPE,
  FALLBACK,
  GROUND,
  LEDGER,
  OBSERVED,
  OUTCOME,
  PROVIDER,
  RULE_IDS,
  STATE,
  TRIES,
  VERB,
  WON,
} from "./attributes.ts";

/**
 * Creates what makes spans of the events that took time: calls of providers, and claims. They are emitted where they happen, so
 * that the active span, of the HTTP request as a rule, is their parent; to that one go the decision and the verdict, as its
 * events.
 */
export function createSpans(scope: string): (event: GuardEvent) => void {
  const tracer = trace.getTracer(scope);

  function endedNow(name: string, durationMs: number, attributes: Attributes, failure?: string): void {
    const endTime = Date.now();
    const span = tracer.startSpan(name, { startTime: endTime - durationMs, attributes });
    if (failure !== undefined) span.setAttribute(ERROR_TYPE, failure).setStatus({ code: SpanStatusCode.ERROR });
    span.end(endTime);
  }

  return function traceEvent(event) {
    if (event.type === "breaker" || event.type === "warning") return;
    const about: Attributes = {
      [ACTION]: event.action,
      ...(event.actionId !== undefined && { [ACTION_ID]: event.actionId }),
    };
    switch (event.type) {
      case "call": {
        const { provider, verb, tries, failure, durationMs } = event;
        const attributes = { ...about, [PROVIDER]: provider, [VERB]: verb, [TRIES]: tries };
        return endedNow(`require_action ${verb}`, durationMs, attributes, failure);
      }
      case "claim": {
        const { ledger, won, durationMs } = event;
        return endedNow("require_action claim", durationMs, { ...about, [LEDGER]: ledger, [WON]: won });
      }
      case "decision":
        trace.getActiveSpan()?.addEvent("require_action.decision", {
          ...about,
          [PROVIDER]: event.provider,
          [FALLBACK]: event.fallback,
          [STATE]: event.state,
          [RULE_IDS]: [...event.ruleIds],
          ...(event.outcome !== undefined && { [OUTCOME]: event.outcome }),
        });
        return;
      case "proceed":
        trace.getActiveSpan()?.addEvent("require_action.proceed", { ...about, [GROUND]: event.ground });
        return;
      case "refusal":
        trace.getActiveSpan()?.addEvent("require_action.refusal", {
          ...about,
          [CODE]: event.code,
          [OBSERVED]: event.observed,
        });
        return;
      default:
    }
  };
}
