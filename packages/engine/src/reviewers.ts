export type { VoteAnswer, VoteCeremony } from "./actions/review-votes.ts";
export type { ChangedBy } from "./lib/arguments.ts";
export type { PasswordLimits, PasswordSource } from "./reviewers/password-limits.ts";
export type { ProvedReviewer, ReviewerPasskeys } from "./reviewers/reviewer-passkeys.ts";
export type { ReviewerProof, ReviewerSession, ReviewerSessions } from "./reviewers/reviewer-sessions.ts";
export { type Reviewer, type ReviewerChanges, reviewerRoles, type Reviewers } from "./reviewers/reviewers.ts";
export type {
  ReviewerIdentity,
  ReviewerInvitation,
  ReviewerPasskey,
  ReviewerRecord,
  ReviewerRole,
  SignedInReviewer,
} from "./store/records.ts";
export type { FoundUser, UserLocks, UserSupport } from "./users/user-support.ts";
