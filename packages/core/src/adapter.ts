export { type Awaitable, isPromiseLike, settle } from "./lib/awaitable.ts";
export { type DuplicateName, duplicateNames, findDuplicateName, hasDuplicateName } from "./lib/duplicate-names.ts";
export type { AdapterOptions, AdapterTerms } from "./settings/guard-options.ts";
export { readDeviceId } from "./lib/device-cookie.ts";
export type { ApprovalReader, ApprovedBy, Proceed, Verdict } from "./outcome/approved-action.ts";
export type { Bindable, BoundBy } from "./binding/binding.ts";
export { type ActionDeclaration, declareAction, type Protection } from "./guard/guard.ts";
export { attachGuard, type GuardDescription, guardDescription } from "./guard/guard-description.ts";
export { type GuardRequest, type ProxyTrust, proxyTrust, type RequestBody } from "./request/guard-request.ts";
export { isJsonType, mediaTypeOf } from "./request/media-type.ts";
export {
  fromIncomingMessage,
  type NodeFramework,
  NodeRequest,
  passesOver,
  receivedTarget,
} from "./request/node-request.ts";
export { type EndListener, whenResponseEnded } from "./request/response-end.ts";
export type { Reply } from "./reply/refusal.ts";
