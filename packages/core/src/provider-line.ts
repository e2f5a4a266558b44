import { createBreaker, noBreaker, type TellBreaker } from "./breaker.ts";
import { createBulkhead, type Wait } from "./bulkhead.ts";
import { ConfigurationError, ProviderError } from "./errors.ts";
import { createHoldOff } from "./hold-off.ts";
import { isOutage } from "./outage.ts";
import type { ActionProvider } from "./provider.ts";
import type { ProviderCall } from "./provider-call.ts";
import { type ResilienceOptions, type ResilienceSettings, settleResilience } from "./resilience-options.ts";
import { createRetryBudget } from "./retry-budget.ts";

/** A retry waits for a random part of this, so that calls that failed together do not come back together. */
const MAX_RETRY_DELAY_MS = 100;
/** As long as clients are told to wait, at most. */
const MAX_HOLD_OFF_SECONDS = 300;

/** One call of a provider, as a line makes it. */
export interface LineCall<Answer> {
  /** What a busy provider's `Retry-After` holds off: this verb for this user, as one user's limit is not another's. */
  readonly key: string;
  /** True for `track`, whose key makes two calls one action. */
  readonly repeatable: boolean;
  readonly providerCall: ProviderCall;
  /** Makes the call once. Rejects with a `ProviderError` and nothing else. */
  once(): Promise<Answer>;
  /** Is told of each state that the breaker comes into because of this call. */
  readonly tell: TellBreaker;
}

/** The way to one provider: at most so many calls at once, none to one that is down, and a retry where that is safe. */
export interface ProviderLine {
  make<Answer>(call: LineCall<Answer>): Promise<Answer>;
}

const LATE = "the call had to wait for others, and its time passed";

interface KnownLine {
  readonly line: ProviderLine;
  readonly settings: ResilienceSettings;
}

/** A provider has one line, whoever asks for it: what one guard learns of it is true for all. */
const lines = new WeakMap<ActionProvider, KnownLine>();

/** The line of a provider. Throws a `ConfigurationError` when another guard has declared it otherwise. */
export function lineOf(provider: ActionProvider, options: ResilienceOptions | undefined): ProviderLine {
  const settings = settleResilience(options);
  const known = lines.get(provider);
  if (!known) {
    const line = createLine(provider.name, settings);
    lines.set(provider, { line, settings });
    return line;
  }
  if (options !== undefined && JSON.stringify(settings) !== JSON.stringify(known.settings)) {
    throw new ConfigurationError(
      "resilience",
      "must be the same in all guards of one provider, as they share its breaker",
    );
  }
  return known.line;
}

function createLine(name: string, settings: ResilienceSettings): ProviderLine {
  const bulkhead = createBulkhead(name, settings);
  const breaker = settings.breaker === "none" ? noBreaker : createBreaker(name, settings.breaker);
  const budget = createRetryBudget();
  const holdOff = createHoldOff({ now: () => performance.now() });

  return {
    async make(call) {
      const secondsLeft = holdOff.secondsLeft(call.key);
      if (secondsLeft > 0) throw busy(`${name} asked not to be called yet`, secondsLeft);
      breaker.assertAdmits();
      const wait = bulkhead.enter();
      const { providerCall } = call;
      if (wait) await takeTurn(wait, providerCall);
      let repeated = false;
      const mayRepeat = (): boolean => {
        if (repeated || breaker.state !== "closed" || !budget.take()) return false;
        repeated = true;
        return true;
      };
      providerCall.mayRepeat = mayRepeat;
      try {
        return await attempt(call, wait !== undefined);
      } catch (error) {
        if (!call.repeatable || !isWorthRepeating(error) || providerCall.aborted || !mayRepeat()) throw error;
        await providerCall.wait(randomDelay());
        return await attempt(call, wait !== undefined);
      } finally {
        bulkhead.leave();
      }
    },
  };

  async function attempt<Answer>(call: LineCall<Answer>, waited: boolean): Promise<Answer> {
    // A wait may have outlasted what let the call in.
    breaker.assertAdmits();
    const probes = breaker.state !== "closed";
    try {
      if (probes) return await breaker.probe(() => call.once(), call.tell);
      const answer = await call.once();
      breaker.succeeded();
      budget.succeeded();
      return answer;
    } catch (error) {
      if (isBusy(error)) holdOff.begin(call.key, Math.min(error.retryAfterSeconds ?? 0, MAX_HOLD_OFF_SECONDS));
      if (probes) throw error;
      // A call that had to wait left its provider less time than agreed: when it is that what failed, it is no outage.
      if (waited && call.providerCall.aborted) throw busy(LATE, 1);
      await breaker.failed(error, call.tell);
      throw error;
    }
  }

  async function takeTurn(wait: Wait, providerCall: ProviderCall): Promise<void> {
    try {
      await providerCall.wait(wait.entered);
    } catch {
      wait.giveUp();
      throw busy(LATE, 1);
    }
  }
}

function isBusy(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.code === "provider_busy";
}

/** An answer, even one that is none, would be the same again; one that asks to wait is taken at its word. */
function isWorthRepeating(error: unknown): boolean {
  return isOutage(error) && error.code === "provider_unavailable" && error.retryAfterSeconds === undefined;
}

function busy(detail: string, retryAfterSeconds: number): ProviderError {
  return new ProviderError("provider_busy", detail, { retryAfterSeconds });
}

function randomDelay(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_RETRY_DELAY_MS));
}
