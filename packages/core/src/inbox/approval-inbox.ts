import type { BoundFields } from "../binding/binding.ts";
import type { Awaitable } from "../lib/awaitable.ts";

/** What is asked for: the same question asked again is the same in all of these. */
export interface ApprovalQuery {
  readonly user: string;
  /** The session that the approval is tied to, where the guard ties approvals to sessions. */
  readonly session?: string | undefined;
  readonly action: string;
  /** The bound fields as canonical JSON (RFC 8785), or `none`. */
  readonly canonical: string;
  /** The sealed key of an earlier answer, where the client brought one back: then that request and no other. */
  readonly idempotencyKey?: string | undefined;
  /**
   * True for a request of a route, whose client has a key of its own: it is found by that key alone, and never by what is bound. Whoever
   * asks for the same in the user's session has another key, and another number. An agent, which may carry nothing, passes nothing.
   */
  readonly keyOnly?: boolean | undefined;
}

/** A request for an approval, to be kept for its user. */
export interface ApprovalRequest extends Omit<ApprovalQuery, "idempotencyKey"> {
  readonly idempotencyKey: string;
  /** What the person is shown. Absent where nothing is bound. */
  readonly bound?: BoundFields | undefined;
  /**
   * The challenge that approves it, for the person's browser and nobody else: its token for a custom UI, and the pre-built page.
   * Absent for a review, which somebody else decides.
   */
  readonly challenge?: { readonly token?: string | undefined; readonly url?: string | undefined } | undefined;
  /** ISO 8601. For a challenge, when it ends. */
  readonly expiresAt?: string | undefined;
  /** Where it was asked for, as the person is shown it. */
  readonly askedFrom?: { readonly ipAddress?: string | undefined; readonly userAgent?: string | undefined } | undefined;
}

/** A request as it stands. */
export interface KeptApproval {
  readonly idempotencyKey: string;
  readonly canonical: string;
  /** `declined` when the person has said no, or has entered another number. */
  readonly state: "open" | "answered" | "declined";
  /** Where the person approves: a URL that is worth nothing to anybody but the signed-in user. Absent for a review. */
  readonly page?: { readonly url: string; readonly matchingNumber: string } | undefined;
  /** The result token that the person's browser has brought. */
  readonly token?: string | undefined;
}

/** When a waiting side may ask again. */
export interface PollAnswer {
  readonly intervalSeconds: number;
  /** True for one that asked before its interval was over, which is five seconds longer from now on. */
  readonly isTooSoon: boolean;
}

/**
 * Where a person approves what was asked for at another screen: by an agent, or by a client that waits. It gives a result to the
 * waiting side only where the person has matched the number that it was answered (T55): the challenge is opened by a browser that
 * is signed in as its user and has entered that number, and only that browser may bring its result.
 */
export interface ApprovalInbox {
  /** Where the pre-built page sends the person's browser back to, of an origin in the guard's `redirectOrigins`. */
  readonly returnUrl?: string | undefined;
  /**
   * Keeps a request. The same question that is still open is kept once: the answer is then the earlier one. Nothing when the
   * user has too many requests already, so that nobody is worn down.
   */
  keep(request: ApprovalRequest): Awaitable<KeptApproval | undefined>;
  /** Finds the request that a call asks for again: by its key, or else the one for the same thing that is not settled. */
  find(query: ApprovalQuery): Awaitable<KeptApproval | undefined>;
  /** The request has come to an end: only its key finds it from now on. */
  settle(idempotencyKey: string): Awaitable<void>;
  /** The person has said no, at the agent's own screen. */
  refuse(idempotencyKey: string): Awaitable<void>;
  /** Notes that the waiting side of a request asks, and says when it may again: as `slow_down` of CIBA does. */
  poll(idempotencyKey: string): Awaitable<PollAnswer>;
  /** Resolves when the request is answered or declined, and when the signal aborts. */
  whenAnswered?(idempotencyKey: string, signal: AbortSignal): PromiseLike<void>;
}
