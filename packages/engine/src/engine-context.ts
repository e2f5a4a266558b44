import type { Clock } from "@require-action/core";
import type { AuditTrail } from "./audit-trail.ts";
import type { FactSources } from "./facts.ts";
import type { Keyring } from "./keyring.ts";
import type { EngineLimits } from "./limits.ts";
import type { VerificationMethods } from "./methods/verification-method.ts";
import type { CompiledPolicy } from "./policy/index.ts";
import type { Store } from "./store/store.ts";
import type { Tokens } from "./tokens.ts";

/** What the engine's parts share. */
export interface EngineContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  readonly keyring: Keyring;
  readonly tokens: Tokens;
  readonly audit: AuditTrail;
  readonly methods: VerificationMethods;
  readonly facts: FactSources;
  readonly issuer: string;
  readonly baseUrl: string;
  /** The policy in force; read once per decision. */
  readonly policy: () => CompiledPolicy;
}
