import type { ActionState, Outcome } from "@require-action/core/provider";

/** What happened. */
export type AuditEventType =
  | "action.tracked"
  /** An attribute of the user or of an action, named by the reason, cannot be read, and nothing needs it. For `onEvent` alone. */
  | "attribute.dropped"
  | "action.refused"
  | "action.transitioned"
  | "challenge.sent"
  | "challenge.refused"
  | "challenge.matched"
  | "challenge.verified"
  /** The user says that they did not ask for the action, which has failed with it. */
  | "challenge.denied_by_user"
  /** The application did not say whether the user's sessions are to end, or they could not be ended. */
  | "challenge.denial_unanswered"
  | "authenticator.enrollment_started"
  | "authenticator.enrollment_refused"
  | "authenticator.enrolled"
  | "authenticator.renamed"
  | "authenticator.removed"
  | "authenticator.locked"
  | "authenticator.unlocked"
  | "user.locked"
  | "user.unlocked"
  | "address.locked"
  /** The address of before was not told that codes go elsewhere. */
  | "notice.failed"
  | "address.unlocked"
  | "review.refused"
  /** One of several reviewers who are needed has approved. */
  | "review.approved_by_one"
  /** A reviewer wrote about a review, whether or not it is open. */
  | "review.commented"
  | "reviewer.signed_in"
  | "reviewer.signed_out"
  /** A sign-in was refused: a wrong passkey, or one that is nobody's. Of wrong passwords, for `onEvent` alone. */
  | "reviewer.refused"
  /** Passwords of a reviewer are not looked at for a while, from where the reviewer has never signed in. */
  | "reviewer.locked"
  | "reviewer.invited"
  | "reviewer.invitation_opened"
  | "reviewer.invitation_refused"
  | "reviewer.passkey_added"
  | "reviewer.passkey_used"
  | "reviewer.passkey_renamed"
  | "reviewer.passkey_removed"
  | "reviewer.changed"
  | "reviewer.removed"
  /** Once more, by the browser that proved. */
  | "result.fetched"
  | "result.validated"
  | "result.refused"
  | "token.refused"
  | "user.deleted"
  /** What the user, or somebody in their name, had begun is void. */
  | "user.revoked"
  | "session.created"
  | "session.refreshed"
  | "session.refused"
  | "session.ended"
  /** A user had a device remembered, which may stand in for challenges from now on. */
  | "device.remembered"
  /** A remembered device stood in for a challenge. */
  | "device.used"
  /** A device was not taken for the one that was remembered. For `onEvent` alone. */
  | "device.refused"
  | "device.revoked"
  /** Receipts could not be given their places in the chain; they wait. For `onEvent` alone. */
  | "receipts.chain_failed"
  /** A reviewer has taken an action's receipt out of the console. */
  | "receipts.exported"
  | "policy.published"
  | "policy.loaded"
  | "policy.refused"
  /** A rule rests on a fact that this engine never knows, as `facts.ip` is `"none"`. For `onEvent` alone. */
  | "policy.warned";

/**
 * One entry of the audit trail. It names things by id, and never holds a token, a code, a secret or an address; but for what
 * reviewers write in their notes.
 */
export interface AuditEvent {
  readonly type: AuditEventType;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly userId?: string;
  readonly action?: string;
  readonly actionId?: string;
  readonly outcome?: Outcome;
  readonly from?: ActionState;
  readonly state?: ActionState;
  /** The rules that matched, the deciding one first. */
  readonly ruleIds?: readonly string[];
  /** Rules that an unknown fact left undecided. */
  readonly undecidedRuleIds?: readonly string[];
  readonly verificationMethod?: string;
  readonly userAuthenticatorId?: string;
  /** Authenticators whose place the enrolled one took. */
  readonly replacedAuthenticatorIds?: readonly string[];
  /** Who did it, when it was not the user: a reviewer or an operator. */
  readonly actor?: string;
  /** The reviewer whom it happened to, where that is not who did it. */
  readonly reviewer?: string;
  /** The precise reason, which answers to a client leave out. */
  readonly reason?: string;
  /** What a reviewer wrote: with a decision, or about a review. */
  readonly note?: string;
  /** What is wrong with a request that was refused, in a sentence that holds no value. */
  readonly detail?: string;
  readonly policyVersion?: string;
  readonly sessionId?: string;
  /** The remembered device. */
  readonly deviceId?: string;
}
