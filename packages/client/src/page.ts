// What the challenge page of the server shares with UIs of applications' own.

export { type Answers, createAnswers, type ResultKeys } from "./challenge/answers.ts";
export { callApi, type CallFailure, type CallFailureReason, type CallReply } from "./challenge/call-api.ts";
export { type ChallengeMethodKind, methodsOnTheWire } from "./challenge/methods.ts";
export {
  createPasskey,
  hasPasskeys,
  type PasskeyFailureReason,
  readPasskeyError,
  usePasskey,
} from "./challenge/passkeys.ts";
export { lifetimeOf } from "./wire/token-claims.ts";
