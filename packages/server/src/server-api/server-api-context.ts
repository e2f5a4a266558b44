import type { Clock } from "@require-action/core";
import type { RedirectTargets } from "@require-action/core/options";
import type { Delivery, Engine, Store } from "@require-action/engine";
import type { Claims, ClaimTokens } from "../code-challenges/claims.ts";
import type { EditablePolicy } from "../management/editable-policy.ts";
import type { CodeChallenges } from "../code-challenges/code-challenges.ts";

/** The options of the server that the Server API reads, with nothing left open. */
export interface ServerApiOptions {
  readonly apiSecrets: readonly string[];
  readonly tenantId: string;
  readonly allowedOrigins: readonly string[];
  readonly basePath: string;
  readonly store: Store | undefined;
  readonly delivery: Delivery | undefined;
  readonly compat: boolean;
  readonly profile: "authsignal" | "strict";
  /** Present on a developer's machine. */
  readonly dev: { readonly policy?: EditablePolicy } | undefined;
  readonly clock: Clock;
}

/** What the endpoints of the Server API share. */
export interface ServerApiContext {
  readonly engine: Engine;
  readonly clock: Clock;
  /** A challenge page sends users, and the token of their action, to `redirectUrl`: only to one of these. */
  readonly redirectTargets: RedirectTargets;
  /** The engine's store, when `PATCH` may move an action from any state to any other. */
  readonly compatStore: Store | undefined;
  /** True where Authsignal's answers are not followed as far as they are less safe. */
  readonly isStrict: boolean;
  /** Absent without the engine's store and delivery. */
  readonly codes: CodeServices | undefined;
}

/** Codes to addresses, and what becomes of them. */
export interface CodeServices {
  readonly challenges: CodeChallenges;
  readonly claims: Claims;
  readonly tokens: ClaimTokens;
}
