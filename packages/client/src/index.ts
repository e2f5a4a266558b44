export { ActionError, actionErrorCatalog, type ActionErrorCode } from "./wire/action-error.ts";
export { type ActionFetch, type ActionFetchOptions, createActionFetch } from "./fetch/action-fetch.ts";
export {
  authsignalLaunch,
  type AuthsignalLauncher,
  type LaunchOptions,
  type LaunchResult,
  type PopupLaunchOptions,
  type WindowLaunchOptions,
} from "./presenters/authsignal-launch.ts";
export { createChallenge } from "./challenge/create-challenge.ts";
export type { ChallengeOptions, EnrollmentAddress, OpenChallenge } from "./challenge/open-challenge.ts";
export type {
  ChallengeFailure,
  ChallengeMethod,
  ChallengeState,
  ChallengeStatus,
} from "./challenge/challenge-state.ts";
export type { ChallengeMethodKind } from "./challenge/methods.ts";
export { headless, type Headless, type Presentation } from "./presenters/headless.ts";
export { outOfBand } from "./presenters/out-of-band.ts";
export type { ActionRequestInit } from "./fetch/prepared-request.ts";
export type { PresentOptions, Presenter } from "./presenters/presenter.ts";
export { redirect } from "./redirect/redirect.ts";
export type { ActionResponse, Challenge, Enrollment, PendingReview, Prompt, RepeatOptions } from "./wire/wire.ts";
export { RepeatFailedError } from "./fetch/repeat-request.ts";
export { type ResumedAction, type ResumeOptions, resumeRedirect } from "./redirect/resume-redirect.ts";
export { waitForReview } from "./fetch/review.ts";
