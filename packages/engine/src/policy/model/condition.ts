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
