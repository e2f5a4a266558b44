import type { Outcome } from "@require-action/core/provider";
import type { DataPoint } from "./policy.ts";
import type { VariableType } from "./variables.ts";

/** What a fact can be. A fact that is not known is `undefined`, and a rule that depends on it never matches. */
export type FactValue = string | number | boolean;

/** A policy that was read, found free of mistakes and made ready to decide. */
export interface CompiledPolicy {
  /** SHA-256 of the canonical source, base64url: two policies with the same version decide alike. */
  readonly version: string;
  /** What becomes of an action that the policy does not name. */
  readonly unknownActions: "refuse" | Outcome;
  readonly actionCodes: readonly string[];
  /** The data points that are kept with users, and never come from a request. */
  readonly userDataPoints: ReadonlySet<string>;
  /** What the policy declares, by name. */
  readonly dataPoints: ReadonlyMap<string, DataPoint>;
  /** The data points that users may see although no guard binds them: those declared with `show: true`. */
  shownDataPoints(model: "action" | "user"): ReadonlySet<string>;
  /** The action of that code; `undefined` when the policy does not name it. */
  action(code: string): CompiledAction | undefined;
  /**
   * Reads the data points kept with a user: those declared with `model: "user"`. Absent ones are unknown.
   * @throws PolicyInputError with every mistyped one.
   */
  parseUserCustom(custom: unknown): CustomFacts;
}

/** Data points by name, without the `custom.` that rules put in front. It has no prototype. */
export type CustomFacts = Readonly<Record<string, FactValue>>;

/** One action of a policy, ready to decide. */
export interface CompiledAction {
  readonly code: string;
  readonly defaultOutcome: Outcome;
  /** The verification methods that a challenge of this action accepts; all of them when undefined. */
  readonly verificationMethods: readonly string[] | undefined;
  readonly defaultVerificationMethod: string | undefined;
  readonly promptToEnrollVerificationMethods: readonly string[] | undefined;
  /** True where a remembered device may stand in for some challenge of this action. */
  readonly remembersDevices: boolean;
  /** Who approves where the outcome is REVIEW. */
  readonly review: ReviewRules;
  /** What the challenge page says, by locale. */
  readonly messagingTemplates: MessagingTemplates | undefined;
  /** The active rules, smallest priority first. */
  readonly rules: readonly RuleSummary[];
  /** The data points without which the action is refused. They are always known, therefore. */
  readonly requiredDataPoints: ReadonlySet<string>;
  /** The variables that an active rule of this action names. Any other fact need not be looked up. */
  readonly neededFacts: ReadonlySet<string>;
  /** Their types. */
  readonly factTypes: ReadonlyMap<string, VariableType>;
  /** The counters that this action adds to, or whose value an active rule of it reads. */
  readonly counters: readonly CounterPlan[];
  /**
   * Reads the data points that come with `track`. Only those declared with `model: "action"` are kept, so nothing the
   * request sends can pose as a fact about the user.
   * @throws PolicyInputError with every mistyped one, and every one that is missing, needed and not declared optional.
   */
  parseCustom(custom: unknown): CustomFacts;
  /**
   * Evaluates every active rule. `facts` answers for a name of {@link neededFacts}, each asked for once; a value of
   * another type than the variable's counts as unknown.
   */
  decide(facts: (name: string) => FactValue | undefined): PolicyDecision;
}

/** Who approves an action under review. */
export interface ReviewRules {
  readonly approvers: number;
  readonly of: readonly string[] | undefined;
  /** How long it stays open; as long as the engine's limit says when undefined. */
  readonly timeoutMs: number | undefined;
}

/** A velocity counter as one action uses it. */
export interface CounterPlan {
  readonly name: string;
  readonly kind: "count" | "sum";
  /** Whose counter it is. When the request has no device or address, its value is unknown. */
  readonly by: "user" | "device" | "ip";
  readonly windowMs: number;
  /** The data point that is summed. */
  readonly field?: string;
  /** The type of `field`. A sum of decimals is given to rules as a decimal string, so that cents add up. */
  readonly fieldType?: "number" | "decimal";
  /** True when this action adds to it. It is bumped before it is read, so its value counts the present request. */
  readonly bumps: boolean;
}

/** What a rule rests on. */
export interface RuleSummary {
  /** Where it is in the policy: `actions.withdraw-funds.rules[0]`. */
  readonly path: string;
  readonly ruleId: string;
  readonly type: Outcome;
  readonly whenUnknown: Outcome | undefined;
  /** The variables that its conditions name. */
  readonly facts: ReadonlySet<string>;
}

/** What the rules of an action say about one request. */
export interface PolicyDecision {
  readonly outcome: Outcome;
  /** The matching rule with the smallest priority; undefined when the default outcome decides. */
  readonly deciding: MatchedRule | undefined;
  /** Every rule that matched, smallest priority first. */
  readonly matched: readonly MatchedRule[];
  /** Rules whose conditions were unknown, as a fact was. Only those with `whenUnknown` match then. */
  readonly undecided: readonly MatchedRule[];
  /** The deciding rule's own methods; else the action's. All are accepted when undefined. */
  readonly verificationMethods: readonly string[] | undefined;
  readonly defaultVerificationMethod: string | undefined;
  readonly promptToEnrollVerificationMethods: readonly string[] | undefined;
  /** The action's own, whichever rule decides. */
  readonly firstFactor: "within" | "before";
  /** For how many days a remembered device stands in for this challenge; undefined where none does. */
  readonly rememberDays: number | undefined;
}

/** A rule as a decision reports it. */
export interface MatchedRule {
  readonly ruleId: string;
  readonly name: string;
  readonly description?: string;
  /** The outcome: of a rule that matches by `whenUnknown`, that one. */
  readonly type: Outcome;
  readonly priority: number;
  /** As the policy writes them. */
  readonly conditions: unknown;
  /** True for a rule that matches by `whenUnknown`, as its conditions are unknown. */
  readonly isUnknown?: true;
}

/** Templates by locale; `{{action.x}}` stands for a data point. */
type MessagingTemplates = ReadonlyMap<string, { readonly defaultTemplate: string }>;
