import type { IpRange } from "../model/ip-value.ts";
import { isLess, type Value } from "../model/values.ts";
import type { Variable } from "../model/variables.ts";
import type { CompareOperator, ConditionNode } from "./condition-node.ts";

/** The values of one request, by slot; undefined for what is unknown. */
type Slots = readonly (Value | undefined)[];

/**
 * Evaluates conditions: true, false, or undefined when that depends on something unknown (Kleene's strong logic). Only
 * true is a match.
 */
export type Test = (slots: Slots) => boolean | undefined;

/** The slot in which a variable's value will be. */
type SlotOf = (variable: Variable) => number;

/** Turns conditions into closures that read slots: nothing is looked up by name, and nothing is allocated. */
function compileCondition(node: ConditionNode, slotOf: SlotOf): Test {
  switch (node.kind) {
    case "constant": {
      const { value } = node;
      return () => value;
    }
    case "and":
      return all(node.nodes.map((inner) => compileCondition(inner, slotOf)));
    case "or":
      return any(node.nodes.map((inner) => compileCondition(inner, slotOf)));
    case "not": {
      const inner = compileCondition(node.node, slotOf);
      return (slots) => {
        const truth = inner(slots);
        return truth === undefined ? undefined : !truth;
      };
    }
    case "true":
      return equal(slotOf(node.variable), true);
    case "compare":
      return node.right.kind === "constant"
        ? compareConstant(node.operator, slotOf(node.left), node.right.value)
        : compareSlots(node.operator, slotOf(node.left), slotOf(node.right.variable));
    case "member": {
      const { values } = node;
      return whenKnown(slotOf(node.variable), (value) => values.has(value));
    }
    case "range": {
      const ranges = createRangeSet(node.ranges);
      return whenKnown(slotOf(node.variable), (value) => typeof value === "bigint" && ranges.has(value));
    }
    case "prefix":
      return affix(slotOf(node.variable), node.affixes, (text, start) => text.startsWith(start));
    case "suffix":
      return affix(slotOf(node.variable), node.affixes, (text, end) => text.endsWith(end));
  }
}

/** A condition as its first part and the rest, both of which have to hold. */
export function compileConjunction(node: ConditionNode, slotOf: SlotOf): { readonly first: Test; readonly rest: Test } {
  const [first = () => true, ...rest] = (node.kind === "and" ? node.nodes : [node]).map((inner) =>
    compileCondition(inner, slotOf),
  );
  return { first, rest: all(rest) };
}

function all(tests: readonly Test[]): Test {
  const [first, second, third] = tests;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined && second !== undefined && third === undefined) {
    return (slots) => {
      const truth = first(slots);
      if (truth === false) return false;
      const other = second(slots);
      return other === true ? truth : other;
    };
  }
  return (slots) => {
    let truth: boolean | undefined = true;
    for (const test of tests) {
      const other = test(slots);
      if (other === false) return false;
      if (other === undefined) truth = undefined;
    }
    return truth;
  };
}

function any(tests: readonly Test[]): Test {
  const [first, second, third] = tests;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined && second !== undefined && third === undefined) {
    return (slots) => {
      const truth = first(slots);
      if (truth === true) return true;
      const other = second(slots);
      return other === false ? truth : other;
    };
  }
  return (slots) => {
    let truth: boolean | undefined = false;
    for (const test of tests) {
      const other = test(slots);
      if (other === true) return true;
      if (other === undefined) truth = undefined;
    }
    return truth;
  };
}

// One closure for each operator and shape, written out: an operator looked up while evaluating costs more than the comparison.

function compareConstant(operator: CompareOperator, slot: number, constant: Value): Test {
  switch (operator) {
    case "==":
      return equal(slot, constant);
    case "!=":
      return (slots) => {
        const value = slots[slot];
        return value === undefined ? undefined : value !== constant;
      };
    case "<":
      return (slots) => {
        const value = slots[slot];
        return value === undefined ? undefined : isLess(value, constant);
      };
    case "<=":
      return (slots) => {
        const value = slots[slot];
        return value === undefined ? undefined : !isLess(constant, value);
      };
    case ">":
      return (slots) => {
        const value = slots[slot];
        return value === undefined ? undefined : isLess(constant, value);
      };
    case ">=":
      return (slots) => {
        const value = slots[slot];
        return value === undefined ? undefined : !isLess(value, constant);
      };
  }
}

function equal(slot: number, constant: Value): Test {
  return (slots) => {
    const value = slots[slot];
    return value === undefined ? undefined : value === constant;
  };
}

function compareSlots(operator: CompareOperator, left: number, right: number): Test {
  switch (operator) {
    case "==":
      return whenBothKnown(left, right, (a, b) => a === b);
    case "!=":
      return whenBothKnown(left, right, (a, b) => a !== b);
    case "<":
      return whenBothKnown(left, right, isLess);
    case "<=":
      return whenBothKnown(left, right, (a, b) => !isLess(b, a));
    case ">":
      return whenBothKnown(left, right, (a, b) => isLess(b, a));
    case ">=":
      return whenBothKnown(left, right, (a, b) => !isLess(a, b));
  }
}

function affix(slot: number, affixes: readonly string[], holds: (text: string, part: string) => boolean): Test {
  return whenKnown(slot, (value) => {
    if (typeof value !== "string") return false;
    for (const part of affixes) if (holds(value, part)) return true;
    return false;
  });
}

function whenKnown(slot: number, test: (value: Value) => boolean): Test {
  return (slots) => {
    const value = slots[slot];
    return value === undefined ? undefined : test(value);
  };
}

function whenBothKnown(left: number, right: number, test: (a: Value, b: Value) => boolean): Test {
  return (slots) => {
    const a = slots[left];
    const b = slots[right];
    return a === undefined || b === undefined ? undefined : test(a, b);
  };
}

/** A set of addresses given by ranges, found by bisection: block lists have thousands of them. */
interface RangeSet {
  has(address: bigint): boolean;
}

export function createRangeSet(ranges: readonly IpRange[]): RangeSet {
  const merged: { first: bigint; last: bigint }[] = [];
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  for (const { first, last } of sorted) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last) merged.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return {
    has(address) {
      let low = 0;
      let high = merged.length - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const range = merged[middle];
        if (range === undefined || address < range.first) high = middle - 1;
        else if (address > range.last) low = middle + 1;
        else return true;
      }
      return false;
    },
  };
}
