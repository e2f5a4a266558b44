import { type ActionSettings, type GuardSettings, settleAction } from "./action-settings.ts";
import { ACTION_TOKEN_HEADER } from "./action-token.ts";
import type { ApprovedAction } from "./approved-action.ts";
import type { ActionAttributes } from "./attributes.ts";
import type { Awaitable } from "./awaitable.ts";
import { createBareRecord } from "./bare-record.ts";
import { ConfigurationError } from "./errors.ts";
import { type ActionOptions, assertActionOptions, type ClientContext } from "./guard-options.ts";
import type { GuardRequest } from "./guard-request.ts";
import { judge } from "./judge.ts";
import { Refusal } from "./refusal.ts";
import type { EndListener } from "./response-end.ts";
import { resultOf, type RunResult } from "./run-result.ts";

/** What is known of one call of an action that no request carries. */
export interface ActionCall {
  /** The signed-in user's id, from where the application trusts it; nothing when nobody is. */
  readonly user: string | number | null | undefined;
  /** What an approval is good for: flat fields as `bind` returns them on a route, or explicitly nothing. */
  readonly bound: Readonly<Record<string, unknown>> | "none";
  /** A result token, or the key of a reviewed action: what a client sends as `Action-Token` on a route. */
  readonly token?: string | null | undefined;
  /** Ties the approval to a session. Must be there where the guard has a `session` resolver. */
  readonly session?: string | null | undefined;
  readonly clientContext?: ClientContext | undefined;
  readonly attributes?: ActionAttributes | undefined;
  /** Where the pre-built page returns to: an origin of the guard's `redirectOrigins`. */
  readonly redirectUrl?: string | undefined;
  /** Aborted when nobody waits any more: an approval that is not used yet stays good. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of an action off HTTP: those of a route that do not read a request. */
export type OffHttpOptions = Pick<
  ActionOptions<ActionCall>,
  | "claim"
  | "deadlineMs"
  | "maxAge"
  | "observe"
  | "onNotEnrolled"
  | "onUnavailable"
  | "reviewMaxAge"
  | "verificationMethods"
>;

const optionNames: Readonly<Record<keyof OffHttpOptions, true>> = {
  claim: true,
  deadlineMs: true,
  maxAge: true,
  observe: true,
  onNotEnrolled: true,
  onUnavailable: true,
  reviewMaxAge: true,
  verificationMethods: true,
};

/** An action that is done elsewhere than behind a route. */
export interface GuardedAction {
  /**
   * Runs `work` with the approved action if the call passes, at most once for each approval, and answers with what it answered;
   * else with why it did not run. Rejects with what `work` throws, and with a `RequireActionError` where the application is at
   * fault.
   */
  run<Value>(call: ActionCall, work: (approved: ApprovedAction) => Awaitable<Value>): Promise<RunResult<Value>>;
}

/** Declares an action off HTTP. Throws a `ConfigurationError` naming the option that is wrong. */
export function createGuardedAction(
  guard: GuardSettings<any>,
  action: string,
  options: OffHttpOptions = createBareRecord<never>(),
): GuardedAction {
  assertActionOptions(action, options, guard.options);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(optionNames, name)) continue;
    throw new ConfigurationError(name, "is for routes: off HTTP, each call tells it");
  }
  const own: ActionOptions<ActionCall> = Object.assign(createBareRecord<never>(), options, resolvers);
  const settings: ActionSettings<ActionCall> = settleAction(guard, action, own);
  const demandsSession = guard.options.session !== undefined;
  return {
    async run(call, work) {
      // Before anything is used up.
      if (typeof work !== "function") throw new ConfigurationError("work", "must be a function");
      const listeners: EndListener[] = [];
      let status = 500;
      try {
        const own = settingsOf(settings, call, demandsSession);
        const judged = await judge(own, requestOf(call, action, listeners), (outcome) => outcome);
        if (judged instanceof Refusal) return resultOf(judged);
        const value = await work(judged);
        status = 200;
        return { kind: "done", value, approved: judged };
      } finally {
        for (const tell of listeners) tell(status);
      }
    },
  };
}

/** What a call tells, read as a route's resolvers read a request. */
const resolvers: ActionOptions<ActionCall> = {
  user: ({ user }) => user,
  bind: ({ bound }) => bound as Readonly<Record<string, unknown>>,
  clientContext: ({ clientContext }) => clientContext ?? {},
  attributes: ({ attributes }) => attributes ?? {},
  profile: "default",
};

/** An action's settings as far as a call decides about them. */
function settingsOf(
  settings: ActionSettings<ActionCall>,
  { session, bound, redirectUrl }: ActionCall,
  demandsSession: boolean,
): ActionSettings<ActionCall> {
  return {
    ...settings,
    session: demandsSession || session !== undefined ? ({ session: own }) => own : undefined,
    bind: bound === "none" ? bound : settings.bind,
    redirectUrl: redirectUrl === undefined ? undefined : ({ redirectUrl: own }) => own!,
  };
}

function requestOf(call: ActionCall, action: string, listeners: EndListener[]): GuardRequest<ActionCall> {
  return {
    // A copy, since who has claimed on an object may claim again.
    native: { ...call },
    method: "RUN",
    target: action,
    ip: undefined,
    header: (name) => (name === ACTION_TOKEN_HEADER ? (call.token ?? undefined) : undefined),
    body: { sent: false, read: true, value: undefined },
    closed: () => call.signal?.aborted ?? false,
    whenEnded: (listener) => void listeners.push(listener),
  };
}
