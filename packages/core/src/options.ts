export {
  createNullProtoRecord,
  bareCopy,
  bareOptions,
  memberOf,
  ownObject,
  ownStrictObject,
} from "./lib/own-members.ts";
export { canonicalJson } from "./binding/canonical-json.ts";
export { nearest } from "./lib/nearest.ts";
export { option } from "./options/option.ts";
export {
  type CheckMode,
  createStartCheck,
  defineChecks,
  type StartCheck,
  type StartChecks,
  type Weakness,
} from "./options/start-checks.ts";
export {
  declaring,
  defineOptions,
  type OptionEntries,
  type OptionsSchema,
  pathText,
  readOptions,
} from "./options/read-options.ts";
export { isLoopbackHost, isSecureWebOrigin, parseRedirectUrl, type RedirectTargets } from "./lib/web-url.ts";
export { verificationMethodMeant, verificationMethodNames } from "./options/verification-methods.ts";
export { lengthPrefixed, type Part } from "./lib/length-prefixed.ts";
export { createHmacSha256, type Hmac } from "./lib/hmac.ts";
