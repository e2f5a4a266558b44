export { ActionError, actionErrorCatalog, type ActionErrorCode } from "./action-error.ts";
export { type ActionFetch, type ActionFetchOptions, createActionFetch } from "./action-fetch.ts";
export {
  authsignalLaunch,
  type AuthsignalLauncher,
  type LaunchOptions,
  type LaunchResult,
  type PopupLaunchOptions,
  type WindowLaunchOptions,
} from "./authsignal-launch.ts";
export { headless, type Headless, type Presentation } from "./headless.ts";
export type { ActionRequestInit } from "./prepared-request.ts";
export type { PresentOptions, Presenter } from "./presenter.ts";
export { redirect } from "./redirect.ts";
export { type ActionResponse, RepeatFailedError, type RepeatOptions } from "./repeat-request.ts";
export { type ResumedAction, type ResumeOptions, resumeRedirect } from "./resume-redirect.ts";
export { type PendingReview, waitForReview } from "./review.ts";
export type { Challenge, Enrollment, Prompt } from "./wire.ts";
