import type { IpRange } from "../model/ip-value.ts";
import type { Value } from "../model/values.ts";
import type { Variable } from "../model/variables.ts";

/** A rule's conditions, read: every name resolved, every constant of the type it is compared with. */
export type ConditionNode =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "and" | "or"; readonly nodes: readonly ConditionNode[] }
  | { readonly kind: "not"; readonly node: ConditionNode }
  | { readonly kind: "true"; readonly variable: Variable }
  | {
      readonly kind: "compare";
      readonly operator: CompareOperator;
      readonly left: Variable;
      readonly right: OperandNode;
    }
  | { readonly kind: "member"; readonly variable: Variable; readonly values: ReadonlySet<Value> }
  | { readonly kind: "range"; readonly variable: Variable; readonly ranges: readonly IpRange[] }
  | { readonly kind: "prefix" | "suffix"; readonly variable: Variable; readonly affixes: readonly string[] };

export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

type OperandNode =
  { readonly kind: "variable"; readonly variable: Variable } | { readonly kind: "constant"; readonly value: Value };
