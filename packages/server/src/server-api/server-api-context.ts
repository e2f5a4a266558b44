import type { Clock } from "@require-action/core";
import type { Engine, Store } from "@require-action/engine";
import type { ClaimTokens } from "../code-challenges/claim-tokens.ts";
import type { Claims } from "../code-challenges/claims.ts";
import type { CodeChallenges } from "../code-challenges/code-challenges.ts";
import type { CheckRedirectUrl } from "./redirect-urls.ts";

/** What the endpoints of the Server API share. */
export interface ServerApiContext {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly checkRedirectUrl: CheckRedirectUrl;
  /** The engine's store, when `PATCH` may move an action from any state to any other. */
  readonly compatStore: Store | undefined;
  /** Absent without the engine's store and delivery. */
  readonly codes: CodeServices | undefined;
}

/** Codes to addresses, and what becomes of them. */
export interface CodeServices {
  readonly challenges: CodeChallenges;
  readonly claims: Claims;
  readonly tokens: ClaimTokens;
}
