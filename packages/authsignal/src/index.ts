export { authsignal } from "./authsignal.ts";
export type { AuthsignalOptions, SdkOptions, ServerApiOptions } from "./options.ts";
export type { AuthsignalClient } from "./sdk-api.ts";
