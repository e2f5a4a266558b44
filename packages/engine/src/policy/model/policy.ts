import type { VerificationMethodName } from "@require-action/core";
import type { Outcome } from "@require-action/core/provider";

/** The format that policies are written in. A change of what a policy means makes it the next number. */
export const POLICY_FORMAT = 1;

/** A policy as it is written: in TypeScript with {@link definePolicy}, or the same shape as JSON or YAML. */
export interface Policy {
  /** Where the JSON Schema for editors is; not read. */
  readonly $schema?: string;
  /** Actions by code. */
  readonly actions: Readonly<Record<string, PolicyAction>>;
  /** The data points that rules may name as `custom.<name>`. */
  readonly dataPoints?: readonly DataPoint[];
  /** Value lists by alias, which rules name as `lists.<alias>`. */
  readonly lists?: Readonly<Record<string, readonly string[] | readonly number[]>>;
  /** Velocity counters, which rules name as `velocity.<name>`. */
  readonly counters?: readonly Counter[];
  /** What becomes of an action that the policy does not name; `refuse` unless said otherwise. */
  readonly unknownActions?: "refuse" | Outcome;
}

/** One action: its default outcome and the rules that override it. */
export interface PolicyAction {
  readonly defaultOutcome: Outcome;
  /** The verification methods that a challenge accepts; all of them when absent. */
  readonly verificationMethods?: readonly VerificationMethodName[];
  readonly defaultVerificationMethod?: VerificationMethodName;
  readonly promptToEnrollVerificationMethods?: readonly VerificationMethodName[];
  /**
   * Whether a user without any authenticator approves an action by enrolling the first one under it: `within`, unless said
   * otherwise. With `before`, an authenticator that was enrolled after the action was asked for does not approve it, however
   * that came about: for money.
   */
  readonly firstFactor?: "within" | "before";
  /**
   * Lets a device that the user had remembered stand in for the challenge of `defaultOutcome`, where no rule decides, for so many
   * days after a proof. **This weakens the action**: off unless said, and never for BLOCK, REVIEW or the challenge of a rule.
   */
  readonly rememberDevice?: RememberDevice;
  /** Who has to approve where the outcome is REVIEW: one reviewer, unless said otherwise. */
  readonly review?: {
    /** How many different reviewers have to approve, 1 to 10; 1 when absent. One rejection ends the review. */
    readonly approvers?: number;
    /** The groups of which each of them must be in one, by `reviewerGroups` of the engine; anybody's approval counts when absent. */
    readonly of?: readonly string[];
    /** A number and `m`, `h` or `d`, as `24h`: how long a review stays open, at most 30 days. The engine's limit when absent. */
    readonly timeout?: string;
  };
  readonly messagingTemplates?: Readonly<Record<string, { readonly defaultTemplate: string }>>;
  readonly rules?: readonly Rule[];
}

/** How long a proof counts on the device that it was given on. */
export interface RememberDevice {
  /** Whole days from the proof, at most 90. */
  readonly days: number;
}

/** One rule, in the shape of Authsignal's Management API. */
export interface Rule {
  /** 1 to 64 of `a-z A-Z 0-9 _ -`, unique within the action. */
  readonly ruleId: string;
  readonly name: string;
  readonly description?: string;
  /** An inactive rule is read and checked, but never evaluated; active unless said otherwise. */
  readonly isActive?: boolean;
  /** Of the rules that match, the one with the smallest number decides. Unique within the action. */
  readonly priority: number;
  /** The outcome when this rule decides. */
  readonly type: Outcome;
  /**
   * The outcome when the conditions are unknown, as a fact is: the rule then matches, with its own priority. Without it, a
   * rule whose conditions are unknown does not match.
   */
  readonly whenUnknown?: Exclude<Outcome, "ALLOW">;
  readonly conditions: Condition;
  /** The methods that a challenge by this rule accepts, in place of the action's. */
  readonly verificationMethods?: readonly VerificationMethodName[];
  readonly defaultVerificationMethod?: VerificationMethodName;
  readonly promptToEnrollVerificationMethods?: readonly VerificationMethodName[];
  /** As the action's, for the challenge of this rule; of the action's own it takes over nothing. */
  readonly rememberDevice?: RememberDevice;
}

/** A declared fact of the application's own. */
export interface DataPoint {
  readonly name: string;
  /** `decimal` is a decimal string such as `"10.50"`, compared exactly: the type for money. */
  readonly type: "text" | "number" | "boolean" | "decimal";
  /** Whether it comes with each action or is kept with the user; `action` unless said otherwise. */
  readonly model?: "action" | "user";
  /** The least value of a `number` or `decimal`; a request with a smaller one is refused. Amounts should have `min: "0"`. */
  readonly min?: number | string;
  /** The greatest value of a `number` or `decimal`. */
  readonly max?: number | string;
  /** The greatest length of a `text`, in UTF-16 code units. */
  readonly maxLength?: number;
  /** All values that there are, for any type but `boolean`. */
  readonly oneOf?: readonly (string | number)[];
  /**
   * What it is, in its canonical form: a request with anything else is refused, and users are shown it in the form of their
   * language. `money` is for a `number` or `decimal`, all others are for a `text`. `masked` limits nothing, and shows the last
   * four characters only.
   */
  readonly format?: DataPointFormat;
  /** The data point that holds the currency of `money`, an ISO 4217 code. */
  readonly currency?: string;
  /** True when it may be absent, and then unknown. Otherwise its absence is an error where a rule needs it. */
  readonly optional?: boolean;
  /**
   * True when users may see it on the challenge page and in messages. What a guard binds is shown in any case, and all else
   * never: false unless said otherwise.
   */
  readonly show?: boolean;
  /**
   * What people call it, in one language or by locale: `{ en: "Amount", de: "Betrag" }`. The words of its name unless said
   * otherwise.
   */
  readonly label?: string | Readonly<Record<string, string>>;
  /**
   * Where it stands among the fields that are shown, the smallest number first. Without one, money comes before all others and
   * everything else after them.
   */
  readonly order?: number;
  readonly description?: string;
}

/** What the value of a data point is. */
export type DataPointFormat =
  "date" | "dateTime" | "email" | "iban" | "ip" | "masked" | "money" | "phoneNumber" | "uuid";

/** A count of actions, or a sum of one of their data points, over a sliding window. */
export interface Counter {
  readonly name: string;
  readonly kind: "count" | "sum";
  readonly by: "user" | "device" | "ip";
  /** A number and a unit: `30s`, `15m`, `24h`, `7d`. At most 90 days. */
  readonly window: string;
  /** Codes of the actions that add to it. */
  readonly actions: readonly string[];
  /** The `number` or `decimal` data point of the action that `sum` adds. */
  readonly field?: string;
}

/** Returns the policy as it is, typed: a policy in TypeScript is spell-checked by the compiler. */
export function definePolicy<const P extends Policy>(policy: P): P {
  return policy;
}

/**
 * A rule's conditions, in JsonLogic's shape and with strict meaning: an operator is an object with one member, nothing is
 * converted, and what depends on an unknown value is itself unknown, under a negation too. Only what is true matches.
 *
 * - `and`, `or` take one condition or more; `!` negates one; `!!`, or a boolean variable by itself, is its truth.
 * - `==` `!=` (also spelt `===` `!==`) compare values of one type. Texts are compared exactly, case and all.
 * - `<` `<=` `>` `>=` compare numbers or decimals. `<` and `<=` with three operands mean "between".
 * - `in` finds a variable in an array, or in a list of the policy.
 * - `inCidr` finds `ip.address` in address ranges; `startsWith` and `endsWith` compare either end of a text with one text
 *   or any of several.
 *
 * @see https://jsonlogic.com/operations.html
 */
export type Condition =
  | boolean
  | Variable
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly "!": Condition | readonly [Condition] }
  | { readonly "!!": Condition | readonly [Condition] }
  | { readonly "==": Pair }
  | { readonly "===": Pair }
  | { readonly "!=": Pair }
  | { readonly "!==": Pair }
  | { readonly "<": Pair | readonly [Operand, Variable, Operand] }
  | { readonly "<=": Pair | readonly [Operand, Variable, Operand] }
  | { readonly ">": Pair }
  | { readonly ">=": Pair }
  | { readonly in: readonly [Variable, readonly string[] | readonly number[] | Variable] }
  | { readonly inCidr: readonly [Variable, string | readonly string[] | Variable] }
  | { readonly startsWith: readonly [Variable, string | readonly string[] | Variable] }
  | { readonly endsWith: readonly [Variable, string | readonly string[] | Variable] };

/** Two operands of a comparison, at least one of them a variable. */
type Pair = readonly [Operand, Operand];

/** What a comparison compares. A decimal is written as a string, or as a number of at most 15 digits. */
type Operand = string | number | boolean | Variable;

/**
 * A variable by its name: `ip.address`, `ip.isAnonymous`, `ip.location.country.countryCode` (or `ip.countryCode`),
 * `device.id`, `device.isNew`, `device.isRemembered`, `device.count`, `user.id`, `user.email`, `user.phoneNumber`,
 * `user.isEnrolled`, `user.hasPreviouslyVerified`, `custom.<data point>`, `velocity.<counter>`; where a list may stand,
 * `lists.<alias>`.
 */
interface Variable {
  readonly var: string | readonly [string];
}
