/** A rule's conditions, in JsonLogic's shape. Variables and operators are listed in docs/policy. */
export type Condition =
  | boolean
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly "!": Condition | readonly [Condition] }
  | { readonly "!!": Condition | readonly [Condition] }
  | { readonly "==": readonly [Operand, Operand] }
  | { readonly "===": readonly [Operand, Operand] }
  | { readonly "!=": readonly [Operand, Operand] }
  | { readonly "!==": readonly [Operand, Operand] }
  | { readonly "<": Comparison }
  | { readonly "<=": Comparison }
  | { readonly ">": readonly [Operand, Operand] }
  | { readonly ">=": readonly [Operand, Operand] }
  | { readonly in: readonly [Operand, readonly (string | number)[] | Variable] }
  | { readonly inCidr: readonly [Variable, string | readonly string[] | Variable] }
  | { readonly startsWith: readonly [Variable, string | readonly string[]] }
  | { readonly endsWith: readonly [Variable, string | readonly string[]] }
  | Variable;

/** Two operands, or three for "between": `{ "<": [1, { "var": "custom.n" }, 10] }`. */
export type Comparison = readonly [Operand, Operand] | readonly [Operand, Operand, Operand];

/** A variable by its name, as `ip.isAnonymous` or `custom.amount`. */
export interface Variable {
  readonly var: string | readonly [string];
}

export type Operand = string | number | boolean | Variable;
