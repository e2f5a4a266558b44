export { createConsoleOidc } from "./create-console-oidc.ts";
export type { ConsoleOidcOptions, OidcReviewer } from "./oidc-options.ts";
export type { ConsoleOidc, OidcAnswer, ReviewerAuthority } from "../console/console-oidc.ts";
