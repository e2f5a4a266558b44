export type { PasswordLimits, PasswordSource } from "./reviewers/password-limits.ts";
export type { ProvedReviewer, ReviewerPasskeys } from "./reviewers/reviewer-passkeys.ts";
export type { ReviewerProof, ReviewerSession, ReviewerSessions } from "./reviewers/reviewer-sessions.ts";
export {
  type ChangedBy,
  parseReason,
  type Reviewer,
  type ReviewerChanges,
  reviewerRoles,
  type Reviewers,
} from "./reviewers/reviewers.ts";
export type {
  ReviewerInvitation,
  ReviewerPasskey,
  ReviewerRecord,
  ReviewerRole,
  SignedInReviewer,
} from "./store/records.ts";
