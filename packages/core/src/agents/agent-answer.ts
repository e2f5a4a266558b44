import type { RunResult } from "../guard/run-result.ts";
import type { ErrorCode } from "../reply/errors.ts";
import type { KeptApproval } from "../inbox/approval-inbox.ts";

/**
 * What an agent is answered whose action was not done. It is written for a model to read, and holds nothing that approves:
 * no token, no sealed key, and no URL that opens a challenge by itself.
 */
export interface AgentAnswer {
  readonly status: "approval_required" | "review_required" | "declined" | "refused";
  readonly code: ErrorCode;
  /** What happened and what to do, for the model. */
  readonly message: string;
  /** Where the person approves, signed in. */
  readonly approvalUrl?: string;
  /** What the person enters there: two digits, to be shown beside the URL. */
  readonly matchingNumber?: string;
  readonly retryAfterSeconds?: number;
  /** The argument that is at fault. */
  readonly field?: string;
}

/** What became of an agent's call. */
export type AgentResult<Value> =
  | { readonly status: "done"; readonly value: Value }
  | {
      readonly status: "answered";
      /** For the agent. */
      readonly answer: AgentAnswer;
      /**
       * The sealed key of the open request, for a transport that carries opaque state and brings it back with the next call. It
       * finds the request and approves nothing. Not for a model.
       */
      readonly state?: string;
    };

const AGAIN = "Nothing has been done.";

/** Sentences for a model. What the catalogue says of a code is about HTTP, and about tokens that no model has. */
const messages: Partial<Record<ErrorCode, string>> = {
  challenge_required: `This needs the approval of the user, and there is no way to ask for it here. ${AGAIN}`,
  enrollment_required: `The user has to set up a passkey in the application first, which cannot be done from here. ${AGAIN}`,
  verification_method_insufficient: `It was approved by a method that is too weak for agents: the user needs a passkey. ${AGAIN}`,
  challenge_incomplete: `The user has not approved it yet. ${AGAIN}`,
  challenge_failed: `The approval failed. ${AGAIN} Ask the user before you try again.`,
  action_denied_by_user: `The user has declined. ${AGAIN} Do not try again.`,
  review_required: `Somebody has to review this first. ${AGAIN} Make the same call again later.`,
  review_rejected: `A reviewer has rejected it. ${AGAIN} Do not try again.`,
  action_blocked: `This cannot be done for security reasons. ${AGAIN} Do not try again.`,
  action_parameters_changed: `The arguments differ from those that were approved. ${AGAIN} Repeat them exactly, or begin anew.`,
  action_token_invalid: `The approval is not valid for this call. ${AGAIN} Begin anew.`,
  action_token_malformed: `The approval is not valid for this call. ${AGAIN} Begin anew.`,
  action_token_expired: `The approval has expired. ${AGAIN} Make the call again to ask for another.`,
  action_token_used: "This approval has been used already: the action ran once, and not again now.",
  authentication_required: `Nobody is signed in. ${AGAIN}`,
  bound_field_missing: `An argument is missing. ${AGAIN}`,
  bound_field_invalid: `An argument is not a text, a boolean or a whole number. ${AGAIN}`,
  decision_unavailable: `This cannot be decided right now. ${AGAIN} Try again later.`,
};

/** Answers an agent that is refused. */
export function refuseAgent(code: ErrorCode, more: Partial<AgentAnswer> = {}): AgentAnswer {
  return { status: "refused", code, message: messages[code] ?? `${AGAIN} (${code})`, ...more };
}

/** Answers an agent whose user is to approve, or has said no already. */
export function answerKept({ state, page }: KeptApproval, code: ErrorCode): AgentAnswer {
  if (state === "declined") return refuseAgent("action_denied_by_user", { status: "declined" });
  if (page === undefined) return refuseAgent("review_required", { status: "review_required" });
  const { url, matchingNumber } = page;
  return {
    status: "approval_required",
    code,
    message:
      `The user must approve this at ${url}, signed in, and enter the number ${matchingNumber} there. ${AGAIN} ` +
      "Show them both, and make exactly the same call again once they have approved.",
    approvalUrl: url,
    matchingNumber,
  };
}

/** Answers an agent from the guard's result, member by member: what the result holds besides is not the agent's. */
export function answerOf(result: Exclude<RunResult<unknown>, { readonly kind: "done" }>): AgentAnswer {
  if (result.kind !== "refused") {
    const wait = result.kind === "review_required" ? { retryAfterSeconds: result.retryAfterSeconds } : {};
    return refuseAgent(result.kind, { ...wait, ...(result.kind === "review_required" && { status: result.kind }) });
  }
  const { code, retryAfterSeconds, details } = result;
  return refuseAgent(code, {
    ...(code === "action_denied_by_user" && { status: "declined" }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(typeof details["field"] === "string" && { field: details["field"] }),
  });
}
