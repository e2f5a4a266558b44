/** A rule that every subject can say in its own way: an amount above a limit, and a country other than one. */
export interface SampleRule {
  readonly limit: number;
  readonly country: string;
}

/** Rules and one request's facts, with what is to be found. */
export interface RuleSet {
  readonly rules: readonly SampleRule[];
  readonly facts: { readonly amount: number; readonly country: string };
  /** How many match. */
  readonly matches: number;
}

/** What finds matches: all of them, or the first; answers how many it found. */
export type Find = () => number | Promise<number>;

/** One contender: made ready once for a set of rules. `first` is absent where nothing stops it early. */
export interface Contender {
  readonly name: string;
  prepare(set: RuleSet): { readonly all: Find; readonly first?: Find };
}

const AMOUNT = 500;

/** A set in which every fifth rule of the second half matches, so that the first match is in the middle. */
export function ruleSetOf(count: number): RuleSet {
  const isMatch = (index: number): boolean => count === 1 || (index >= count / 2 && index % 5 === 4);
  const rules = Array.from({ length: count }, (_, index) => ({
    limit: isMatch(index) ? AMOUNT - 100 : AMOUNT + 1 + index,
    country: `C${index}`,
  }));
  return {
    rules,
    facts: { amount: AMOUNT, country: "DE" },
    matches: rules.filter((_, index) => isMatch(index)).length,
  };
}
