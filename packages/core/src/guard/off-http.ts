import { bareOptions, createNullProtoRecord } from "../lib/own-members.ts";
import { type ActionSettings, type GuardSettings, settleAction } from "../settings/action-settings.ts";
import { ACTION_TOKEN_HEADER, type GuardRequest } from "../request/guard-request.ts";
import type { Bindable } from "../binding/binding.ts";
import type { ApprovedBy } from "../outcome/approved-action.ts";
import type { ActionAttributes } from "../settings/attributes.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { ConfigurationError } from "../reply/errors.ts";
import {
  type ActionOptions,
  type ClientContext,
  actionDeclaration,
  readActionOptions,
} from "../settings/guard-options.ts";
import { callInboxOf, type InboxCaller } from "../inbox/inbox-caller.ts";
import { callInbox } from "../pipeline/elsewhere.ts";
import { evaluate } from "../pipeline/evaluate.ts";
import { startTrail } from "../pipeline/request-context.ts";
import { declaring } from "../options/read-options.ts";
import { Refusal } from "../reply/refusal.ts";
import type { EndListener } from "../request/response-end.ts";
import { resultOf, type RunResult } from "./run-result.ts";

/** What is known of one call of an action that no request carries. */
export interface ActionCall<Bound = Readonly<Record<string, unknown>> | "none"> {
  /** The signed-in user's id, from where the application trusts it; nothing when nobody is. */
  readonly user: string | number | null | undefined;
  /**
   * What an approval is good for: flat fields as `bind` returns them on a route, or explicitly nothing. A function reads them
   * from input that nobody has checked: where it throws, the call is refused with `request_unresolvable`.
   */
  readonly bound: Bound | (() => Awaitable<Bound>);
  /** A result token, or the key of a reviewed action: what a client sends as `Action-Token` on a route. */
  readonly token?: string | null | undefined;
  /** Ties the approval to a session. Must be there where the guard has a `session` resolver. */
  readonly session?: string | null | undefined;
  readonly clientContext?: ClientContext | undefined;
  /** A function reads them from input as that of `bound` does. */
  readonly attributes?: ActionAttributes | (() => Awaitable<ActionAttributes>) | undefined;
  /** Where the pre-built page returns to: an origin of the guard's `redirectOrigins`. */
  readonly redirectUrl?: string | undefined;
  /** Aborted when nobody waits any more: an approval that is not used yet stays good. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of an action off HTTP: those of a route that do not read a request. */
export type OffHttpOptions<Observe extends boolean = boolean> = Pick<
  ActionOptions<ActionCall, unknown, boolean, Observe>,
  | "agent"
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
  agent: true,
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
export interface GuardedAction<Observe extends boolean = boolean> {
  /**
   * Runs `work` with the approved action if the call passes, at most once for each approval, and answers with what it answered;
   * else with why it did not run. Rejects with what `work` throws, and with a `RequireActionError` where the application is at
   * fault.
   */
  run<Value, Bound extends "none" | Bindable<Bound>>(
    call: ActionCall<Bound>,
    work: (approved: ApprovedBy<Bound, true, Observe>) => Awaitable<Value>,
  ): Promise<RunResult<Value, ApprovedBy<Bound, true, Observe>>>;
}

/** Declares an action off HTTP. @throws ConfigurationError that names the option that is wrong */
export function createGuardedAction<Observe extends boolean = false>(
  guard: GuardSettings<any>,
  action: string,
  given?: OffHttpOptions<Observe>,
): GuardedAction<Observe> {
  return declaring(actionDeclaration(action), () => {
    const options = readActionOptions<ActionCall>(action, given, guard.options);
    for (const name of Object.keys(options)) {
      if (Object.hasOwn(optionNames, name)) continue;
      const isOfCall = (callNames as readonly string[]).includes(name === "bind" ? "bound" : name);
      throw new ConfigurationError(name, isOfCall ? "is for routes: off HTTP, each call passes it" : "is for routes");
    }
    return guardedAction(settleCalls(guard, action, options), guard.options.session !== undefined);
  });
}

/** Joins the options of an action off HTTP with its guard's. */
export function settleCalls(
  guard: GuardSettings<any>,
  action: string,
  options: ActionOptions<ActionCall>,
): ActionSettings<ActionCall> {
  const own: ActionOptions<ActionCall> = Object.assign(createNullProtoRecord<never>(), options, resolvers);
  // A call says itself how it goes on: the inbox is for routes, and for agents.
  return { ...settleAction(guard, { action }, own), inbox: undefined, redirectUrl: undefined };
}

/** The action of such settings. @param demandsSession whether calls without a session are refused */
export function guardedAction(
  settings: ActionSettings<ActionCall>,
  demandsSession: boolean,
): GuardedAction<any> & InboxCaller {
  return {
    [callInboxOf]: (call) => callInbox({ settings, trail: startTrail(settings) }, call),
    // Typed by its declaration: what `work` receives is bound as the call says.
    async run(givenCall: ActionCall<any>, work: (approved: any) => any): Promise<RunResult<any, any>> {
      const call = bareOptions(givenCall, callNames);
      // Before anything is used up.
      if (typeof work !== "function") throw new ConfigurationError("work", "must be a function");
      const listeners: EndListener[] = [];
      let status = 500;
      try {
        const own = settingsOf(settings, call, demandsSession);
        const evaluated = await evaluate(own, requestOf(call, settings.action, listeners), (outcome) => outcome);
        if (evaluated instanceof Refusal) return resultOf(evaluated);
        const value = await work(evaluated);
        status = 200;
        return { kind: "done", value, approved: evaluated };
      } finally {
        for (const listener of listeners) listener(status);
      }
    },
  };
}

const callNames = [
  "user",
  "bound",
  "token",
  "session",
  "clientContext",
  "attributes",
  "redirectUrl",
  "signal",
] as const satisfies readonly (keyof ActionCall)[];

/** The members of a call, read as a route's resolvers read a request. */
const resolvers: ActionOptions<ActionCall> = {
  user: ({ user }) => user,
  bind: ({ bound }) => (typeof bound === "function" ? bound() : bound) as Readonly<Record<string, unknown>>,
  clientContext: ({ clientContext }) => clientContext ?? {},
  attributes: ({ attributes }) => (typeof attributes === "function" ? attributes() : (attributes ?? {})),
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
