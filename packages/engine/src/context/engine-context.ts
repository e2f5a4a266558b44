import type { Clock } from "@require-action/core";
import type { Awaitable } from "@require-action/core/provider";
import type { BeforeApproval } from "./approval-gate.ts";
import type { AuditTrail } from "./audit-trail.ts";
import type { ParsedFacts } from "./fact-sources.ts";
import type { OnDeniedByUser } from "./denial-hook.ts";
import type { DeclaredActions } from "./declared-actions.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { EngineLimits } from "../lib/limits.ts";
import type { Delivery } from "../methods/delivery.ts";
import type { ReceiptTerms } from "../receipts/receipts.ts";
import type { VerificationMethods } from "../methods/verification-method.ts";
import type { CompiledPolicy } from "../policy/model/types.ts";
import type { Store } from "../store/store.ts";
import type { Tokens } from "../keys/tokens.ts";

/** What the engine's parts share. */
export interface EngineContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  readonly keyring: Keyring;
  readonly tokens: Tokens;
  readonly audit: AuditTrail;
  readonly methods: VerificationMethods;
  readonly facts: ParsedFacts;
  readonly declared: DeclaredActions;
  readonly sendNotice: Delivery["sendNotice"];
  readonly beforeApproval: BeforeApproval | undefined;
  readonly onDeniedByUser: OnDeniedByUser | undefined;
  readonly reviewerGroups: ((reviewer: string) => Awaitable<readonly string[] | undefined>) | undefined;
  /** Absent where there are no receipts. */
  readonly receipts: ReceiptTerms | undefined;
  readonly issuer: string;
  readonly baseUrl: string;
  /** The policy in force; read once per decision. */
  readonly policy: () => CompiledPolicy;
}
