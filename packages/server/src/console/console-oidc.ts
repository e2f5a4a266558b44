import type { ReviewerIdentity, ReviewerRole } from "@require-action/engine/reviewers";

/** Who may do what: a reviewer, as the configuration has them. */
export interface ReviewerAuthority {
  readonly reviewerId: string;
  readonly role: ReviewerRole;
  /** The reviewer's own accounts among the application's users, whose actions somebody else decides. */
  readonly userIds: readonly string[];
}

/**
 * What an identity provider's answer came to: somebody's account; a refusal, with the event's reason; or no answer that could be
 * used, which is nobody's fault who signs in.
 */
export type OidcAnswer =
  { readonly identity: ReviewerIdentity } | { readonly refused: string } | { readonly unavailable: string };

/** Signing in with accounts of an OpenID Connect provider. `createConsoleOidc` of `@require-action/server/oidc` makes one. */
export interface ConsoleOidc {
  readonly issuer: string;
  /** What the provider is called on the sign-in page. */
  readonly name: string;
  /** The reviewers who may sign in by it. */
  readonly reviewerIds: readonly string[];
  /** Where the provider signs people out of itself, if it says so. */
  readonly signOutUrl: string | undefined;
  /** The provider's address to send a browser to. @param secret the browser's, 43 characters, which the answer has to meet again */
  begin(secret: string): Promise<string>;
  /** Reads the provider's answer. @param search the query of the address that the browser came back to */
  complete(secret: string, search: string): Promise<OidcAnswer>;
  /** What the configuration says of an account as of now; `undefined` for one that is no reviewer's. */
  authorityOf(identity: ReviewerIdentity): ReviewerAuthority | undefined;
}
