import {
  createManualClock,
  createScriptedProvider,
  type ManualClock,
  type ScriptedProvider,
} from "@require-action/testing";
import {
  ACTION_TOKEN_HEADER,
  type ActionOptions,
  createGuard,
  createMemoryLedger,
  type Guard,
  type GuardOptions,
  type VerificationMethodName,
} from "../src/index.ts";
import type { EndListener, GuardRequest, Proceed, Reply, Verdict } from "../src/adapter.ts";
import type { GuardEvent } from "../src/events.ts";

/** A framework's request, as far as the resolvers of these tests look at it. */
export interface Native {
  readonly user?: any;
  readonly session?: any;
  readonly body?: any;
}

/** What a test says about a request; the rest is an ordinary withdrawal by alice. */
export interface Ask extends Native {
  readonly token?: string | undefined;
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ip?: string | undefined;
  readonly sent?: boolean;
  readonly read?: boolean;
  readonly passedOver?: boolean;
  readonly isEmpty?: boolean;
  readonly closed?: boolean;
  readonly native?: Native;
  /** What is to be told of the response's end. */
  readonly ends?: EndListener[];
}

/** Puts one request to a guarded route. */
export type Route = (ask?: Ask) => Promise<Verdict>;

export const SECRET = "a secret of at least thirty-two bytes";

export const WITHDRAWAL = { amount: "10.00", currency: "EUR", payee: "DE02100100109307118603" };

/** A guard with every part in the test's hands. */
export interface Harness {
  readonly provider: ScriptedProvider;
  readonly clock: ManualClock;
  readonly events: GuardEvent[];
  readonly guard: Guard<Native>;
  route(options?: ActionOptions<Native>, action?: string): Route;
}

export function createHarness(options: Partial<GuardOptions<Native>> = {}): Harness {
  const clock = createManualClock();
  const provider = createScriptedProvider({ clock });
  const events: GuardEvent[] = [];
  const guard = createGuard<Native>({
    provider,
    clock,
    user: ({ user }) => user,
    sealSecrets: [SECRET],
    ledger: createMemoryLedger({ clock }),
    on: (event) => events.push(event),
    ...options,
  });
  return {
    provider,
    clock,
    events,
    guard,
    route(actionOptions, action = "withdraw-funds") {
      const protect = guard.protect(action, actionOptions);
      return (ask) => protect(guardRequest(ask));
    },
  };
}

/**
 * Asks until the verdict is not due to this process itself, which was late, as happens on a busy machine: that counts as busy, and
 * is no outage.
 */
export async function inTime({ events }: Pick<Harness, "events">, ask: () => Promise<Verdict>): Promise<Verdict> {
  for (let tries = 1; ; tries++) {
    const { length } = events;
    const verdict = await ask();
    const wasBusy = events.slice(length).some((event) => event.type === "failure" && event.code === "provider_busy");
    if (!wasBusy || tries === 20) return verdict;
  }
}

/** What an adapter would supply. */
export function guardRequest(ask: Ask = {}): GuardRequest<Native> {
  const { token, method = "POST", target = "/withdrawals", headers = {}, closed = false } = ask;
  const native: Native = ask.native ?? { user: "alice", body: { ...WITHDRAWAL }, ...ask };
  const sent = ask.sent ?? native.body !== undefined;
  const all: Record<string, string> = {
    ...(sent && { "content-type": "application/json" }),
    ...(token !== undefined && { [ACTION_TOKEN_HEADER]: token }),
    ...headers,
  };
  return {
    native,
    method,
    target,
    ip: "ip" in ask ? ask.ip : "203.0.113.7",
    header: (name) => all[name],
    body: {
      sent,
      read: ask.read ?? sent,
      value: native.body,
      passedOver: () => ask.passedOver ?? false,
      isEmpty: async () => ask.isEmpty ?? false,
    },
    closed: () => closed,
    whenEnded: (listener) => void ask.ends?.push(listener),
  };
}

/** The reply, or a failed test. */
export function replyOf(verdict: Verdict): Reply {
  if (verdict.kind !== "reply") throw new Error(`the request went on: ${verdict.approved.ground}`);
  return verdict;
}

/** The approved action, or a failed test. */
export function approvedOf(verdict: Verdict): Proceed["approved"] {
  if (verdict.kind !== "proceed") throw new Error(`the request was answered: ${verdict.status} ${verdict.body}`);
  return verdict.approved;
}

/** `200` for a request that goes on, otherwise the status and code of the reply. */
export function summaryOf(verdict: Verdict): string {
  return verdict.kind === "proceed" ? "proceed" : `${verdict.status} ${verdict.code}`;
}

export function bodyOf(verdict: Verdict): Record<string, any> {
  return JSON.parse(replyOf(verdict).body);
}

/** Has the route ask for a challenge and completes it. */
export async function earnToken(
  { provider }: Harness,
  route: Route,
  ask?: Ask,
  method?: VerificationMethodName,
): Promise<string> {
  provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = bodyOf(await route(ask));
  return provider.completeChallenge(token, method === undefined ? {} : { verificationMethod: method });
}

/** Has the route ask for a review and approves it: the sealed key is the token. */
export async function earnReview({ provider }: Harness, route: Route, ask?: Ask): Promise<string> {
  provider.answerNext("REVIEW_REQUIRED");
  const { idempotencyKey } = bodyOf(await route(ask));
  provider.review(idempotencyKey, "approve");
  return idempotencyKey;
}

/** The idempotency key that reached the provider last. */
export function lastKey({ provider }: Harness): string {
  const call = provider.calls.findLast(({ verb }) => verb === "track");
  if (call?.verb !== "track") throw new Error("nothing was tracked");
  return call.request.attributes.idempotencyKey;
}
