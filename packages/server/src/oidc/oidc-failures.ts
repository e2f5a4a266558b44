import { AuthorizationResponseError, ClientError, ResponseBodyError } from "openid-client";
import type { OidcAnswer } from "../console/console-oidc.ts";

/** The provider could not be reached, or what answered in its place is none. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "OAUTH_TIMEOUT",
  "OAUTH_ABORT",
  "OAUTH_RESPONSE_IS_NOT_CONFORM",
  "OAUTH_RESPONSE_IS_NOT_JSON",
  "OAUTH_PARSE_ERROR",
]);
/** What the provider says of itself (OpenID Connect Core section 3.1.2.6, RFC 6749 section 4.1.2.1). */
const ITS_OWN_FAULT: ReadonlySet<string> = new Set(["server_error", "temporarily_unavailable"]);
/** What it says of the client, which is for the operator to set right. */
const OUR_FAULT: ReadonlySet<string> = new Set([
  "invalid_client",
  "unauthorized_client",
  "unsupported_response_type",
  "invalid_scope",
  "invalid_request",
]);

/** True where the provider gave no answer that could be read. */
export function isUnreachable(error: unknown): boolean {
  // `fetch` failed, by its own word.
  if (error instanceof TypeError && error.cause !== undefined) return true;
  return error instanceof ClientError && UNREACHABLE.has(error.code ?? "");
}

/** What a failure of a sign-in came to. Its reason holds nothing that the provider or the browser wrote. */
export function failureOf(error: unknown): OidcAnswer {
  if (isUnreachable(error)) return { unavailable: "oidc_unreachable" };
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    if (ITS_OWN_FAULT.has(error.error)) return { unavailable: "oidc_unreachable" };
    if (OUR_FAULT.has(error.error)) return { unavailable: "oidc_client_refused" };
    return { refused: error.error === "access_denied" ? "oidc_access_denied" : "oidc_answer_refused" };
  }
  // All else of the library is about what the answer says: its state, issuer, audience, times, nonce or signature.
  if (error instanceof ClientError) return { refused: "oidc_token_invalid" };
  throw error;
}
