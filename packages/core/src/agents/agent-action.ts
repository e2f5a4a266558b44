import { canonicalJson, NotCanonical } from "../binding/canonical-json.ts";
import { isSealedKey } from "../binding/sealed-key.ts";
import type { Bindable } from "../binding/binding.ts";
import type { OffHttpGuard } from "../guard/guard.ts";
import type { ActionCall, OffHttpOptions } from "../guard/off-http.ts";
import type { ChallengeRequired, ReviewRequired, RunResult } from "../guard/run-result.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { option } from "../options/option.ts";
import { declaring, defineOptions, type OptionEntries, readOptions } from "../options/read-options.ts";
import type { ApprovedBy } from "../outcome/approved-action.ts";
import type { ErrorCode } from "../reply/errors.ts";
import { type AgentAnswer, type AgentResult, answerKept, answerOf, refuseAgent } from "./agent-answer.ts";
import type { ApprovalInbox, ApprovalQuery, KeptApproval } from "../inbox/approval-inbox.ts";
import { asAnswer, reachInbox } from "./reached-inbox.ts";

/** Options of an action that an agent asks for: those of an action off HTTP, and where its user approves. */
export interface AgentActionOptions extends Omit<OffHttpOptions<false>, "agent" | "observe"> {
  /** Where the user approves. Without one, what needs an approval is refused. */
  readonly inbox?: ApprovalInbox;
  /**
   * How long a call that asks again waits for the person, in milliseconds. 30,000 by default, less than the minute after which
   * clients give a tool up; 0 does not wait.
   */
  readonly waitMs?: number;
}

/** One call by an agent. */
export interface AgentCall<Bound = Readonly<Record<string, unknown>> | "none"> extends Omit<
  ActionCall<Bound>,
  "token" | "redirectUrl"
> {
  /**
   * What a client has carried back of an earlier answer: a sealed key. It finds the request, and approves nothing but what a
   * reviewer has. A result token is no state, and is refused.
   */
  readonly state?: unknown;
  /** False for a call that does not wait for the person now. */
  readonly waits?: boolean | undefined;
}

/** An action that an agent asks for, and that its user approves elsewhere. */
export interface AgentAction {
  /**
   * Runs `work` with the approved action if the call passes, at most once for each approval. Else answers the agent, which makes
   * the same call again once its user has approved. Rejects with what `work` throws, and where the application is at fault.
   */
  call<Value, Bound extends "none" | Bindable<Bound>>(
    call: AgentCall<Bound>,
    work: (approved: ApprovedBy<Bound>) => Awaitable<Value>,
  ): Promise<AgentResult<Value>>;
  /** The user has said no at the agent's own screen: the request that `state` finds has ended. */
  decline(call: Pick<AgentCall, "user" | "session" | "bound" | "state">): Promise<AgentAnswer>;
}

/** Also the most that HTTP clients commonly wait for. */
const MOST_WAIT_MS = 600_000;

/** The declaration of the guard's action checks these. */
const checkedThere = option.matching(() => true, "");

/** The schemas of the options, so that a misspelt one is told from all of them. */
export const agentActionEntries: OptionEntries<AgentActionOptions>["optional"] = {
  claim: checkedThere,
  deadlineMs: checkedThere,
  maxAge: checkedThere,
  onNotEnrolled: checkedThere,
  onUnavailable: checkedThere,
  reviewMaxAge: checkedThere,
  verificationMethods: checkedThere,
  inbox: option.withMethods("keep", "find", "settle", "refuse"),
  waitMs: option.whole({ least: 0, most: MOST_WAIT_MS, unit: "milliseconds" }),
};

const optionsSchema = defineOptions<AgentActionOptions>({ required: {}, optional: agentActionEntries });

/** After these, the approval of a request is of no use any more. */
const ENDED: ReadonlySet<string> = new Set<ErrorCode>([
  "action_blocked",
  "action_token_expired",
  "action_token_invalid",
  "action_token_used",
  "challenge_failed",
  "review_rejected",
  "verification_method_insufficient",
]);

/**
 * Declares an action that an agent's tool carries out. `agent: true` is part of it.
 * @throws ConfigurationError that names the option that is wrong
 */
export function createAgentAction(guard: OffHttpGuard, action: string, given: AgentActionOptions = {}): AgentAction {
  const { inbox, waitMs: wait = 30_000, ...others } = readOptions("createAgentAction", optionsSchema, given);
  const guarded = declaring("createAgentAction", () => guard.action(action, { ...others, agent: true }));
  const box = inbox && reachInbox(guarded, inbox);

  const queryOf = ({ user, session, bound, state }: Omit<AgentCall, "work">): ApprovalQuery | undefined => {
    const canonical = canonicalOf(bound);
    // The guard says what is wrong with a call without a user, or with fields that cannot be bound.
    if (user === undefined || user === null || user === "" || canonical === undefined) return undefined;
    return {
      user: String(user),
      session: session === undefined || session === null ? undefined : String(session),
      action,
      canonical,
      idempotencyKey: typeof state === "string" ? state : undefined,
    };
  };

  /** The request that is asked for again, as it stands once its user has answered or the time is up. */
  const findKept = async (
    query: ApprovalQuery,
    signal: AbortSignal | undefined,
    waits: boolean,
  ): Promise<KeptApproval | undefined> => {
    const kept = await box!.find(query);
    if (kept?.state !== "open" || kept.page === undefined || kept.canonical !== query.canonical) return kept;
    if (!waits || wait === 0 || box!.whenAnswered === undefined) return kept;
    const late = AbortSignal.timeout(wait);
    await box!.whenAnswered(kept.idempotencyKey, signal ? AbortSignal.any([signal, late]) : late);
    return box!.find({ ...query, idempotencyKey: kept.idempotencyKey });
  };

  const keep = async (
    query: ApprovalQuery,
    result: ChallengeRequired | ReviewRequired,
  ): Promise<KeptApproval | undefined> => {
    const { canonical, user, session } = query;
    const { idempotencyKey } = result;
    const request = { user, session, action, canonical, idempotencyKey };
    if (result.kind === "review_required") return box!.keep(request);
    const { token, url, bound, expiresAt } = result;
    return box!.keep({ ...request, bound, expiresAt, challenge: { token, url } });
  };

  /** Answers a call that did not pass, and keeps or ends its request. */
  const follow = async (
    result: Exclude<RunResult<unknown>, { readonly kind: "done" }>,
    query: ApprovalQuery | undefined,
    kept: KeptApproval | undefined,
  ): Promise<AgentResult<never>> => {
    if (result.kind === "challenge_required" && result.verificationMethods?.length === 0) {
      return { status: "answered", answer: refuseAgent("enrollment_required") };
    }
    if (result.kind === "challenge_required" || result.kind === "review_required") {
      let open = kept;
      try {
        open ??= box && query && (await keep(query, result));
      } catch (error) {
        return { status: "answered", answer: asAnswer(error) };
      }
      if (open === undefined) return { status: "answered", answer: refuseAgent(...unkept(result, inbox)) };
      const wait = result.kind === "review_required" ? { retryAfterSeconds: result.retryAfterSeconds } : {};
      return { status: "answered", answer: { ...answerKept(open, result.kind), ...wait }, state: open.idempotencyKey };
    }
    if (result.kind === "refused" && kept !== undefined) {
      if (result.code === "challenge_incomplete") {
        return { status: "answered", answer: answerKept(kept, result.code), state: kept.idempotencyKey };
      }
      if (result.code === "action_denied_by_user") await box!.noteEnd("refuse", kept.idempotencyKey);
      else if (ENDED.has(result.code)) await box!.noteEnd("settle", kept.idempotencyKey);
    }
    return { status: "answered", answer: answerOf(result) };
  };

  return {
    async call(
      { state, waits = true, ...call }: AgentCall<any>,
      work: (approved: any) => any,
    ): Promise<AgentResult<any>> {
      if (state !== undefined && !(typeof state === "string" && isSealedKey(state))) {
        return { status: "answered", answer: refuseAgent("action_token_invalid") };
      }
      const query = queryOf({ ...call, state });
      let kept: KeptApproval | undefined;
      try {
        kept = box && query && (await findKept(query, call.signal, waits));
      } catch (error) {
        return { status: "answered", answer: asAnswer(error) };
      }
      if (kept?.state === "declined") return { status: "answered", answer: answerKept(kept, "action_denied_by_user") };
      if (kept?.state === "open" && kept.canonical !== query!.canonical) {
        return { status: "answered", answer: refuseAgent("action_parameters_changed") };
      }
      const token = kept?.token ?? state ?? kept?.idempotencyKey;
      const result = await guarded.run({ ...call, token, redirectUrl: box?.returnUrl }, work);
      if (result.kind !== "done") return follow(result, query, kept);
      if (kept) await box!.noteEnd("settle", kept.idempotencyKey);
      return { status: "done", value: result.value };
    },
    async decline(call) {
      const query = queryOf(call);
      try {
        const kept = box && query?.idempotencyKey !== undefined ? await box.find(query) : undefined;
        if (kept) await box!.refuse(kept.idempotencyKey);
      } catch (error) {
        return asAnswer(error);
      }
      return refuseAgent("action_denied_by_user", { status: "declined" });
    },
  };
}

/** Why a request is not kept: there is no inbox, or its user has too many already. */
function unkept(
  { kind }: ChallengeRequired | ReviewRequired,
  inbox: ApprovalInbox | undefined,
): readonly [ErrorCode, Partial<AgentAnswer>] {
  if (inbox === undefined) return [kind, kind === "review_required" ? { status: kind } : {}];
  return [kind, { message: "The user has too many open requests for approval. Nothing has been done." }];
}

/** What is bound, as one text; nothing where the guard will refuse it. */
function canonicalOf(bound: unknown): string | undefined {
  try {
    return bound === "none" ? "none" : canonicalJson(bound);
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}
