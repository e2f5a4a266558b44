import { Environment } from "@marcbachmann/cel-js";
import jsonLogic from "json-logic-js";
import { Engine, type RuleProperties } from "json-rules-engine";
import type { Contender, SampleRule } from "./rule-set.ts";

/** What a person would write: the limit of what is possible. One function made many times suits V8 best. */
export const closures: Contender = {
  name: "hand-written closures",
  prepare: ({ rules, facts }) => {
    const tests = rules.map(
      ({ limit, country }) =>
        (given: typeof facts): boolean =>
          given.amount > limit && given.country !== country,
    );
    // Loops of their own, which nothing else runs through: shared ones would be slower, and flatter the others.
    return {
      all() {
        let found = 0;
        for (const test of tests) if (test(facts)) found++;
        return found;
      },
      first() {
        for (const test of tests) if (test(facts)) return 1;
        return 0;
      },
    };
  },
};

export const jsonLogicJs: Contender = {
  name: "json-logic-js",
  prepare: ({ rules, facts }) =>
    eachInTurn(rules.map((one) => asJsonLogic(one, "")).map((rule) => () => jsonLogic.apply(rule, facts))),
};

export const cel: Contender = {
  name: "@marcbachmann/cel-js",
  prepare({ rules, facts }) {
    const environment = new Environment().registerVariable("amount", "double").registerVariable("country", "string");
    const tests = rules.map(({ limit, country }) =>
      environment.parse(`amount > ${limit}.0 && country != ${JSON.stringify(country)}`),
    );
    return eachInTurn(tests.map((test) => () => test(facts) === true));
  },
};

export const jsonRulesEngine: Contender = {
  name: "json-rules-engine",
  prepare({ rules, facts }) {
    const all = new Engine(rules.map((rule) => asJsonRule(rule, 1)));
    // Rules of one priority run together; to be able to stop, each needs its own.
    const first = new Engine(rules.map((rule, index) => asJsonRule(rule, rules.length - index)));
    first.on("success", () => void first.stop());
    return {
      all: async () => (await all.run(facts)).events.length,
      first: async () => (await first.run(facts)).events.length,
    };
  },
};

/** A rule in JsonLogic's shape, its variables named as they are in the data. */
export function asJsonLogic(
  { limit, country }: SampleRule,
  prefix: "" | "custom.",
): { and: [{ ">": [{ var: string }, number] }, { "!=": [{ var: string }, string] }] } {
  return { and: [{ ">": [{ var: `${prefix}amount` }, limit] }, { "!=": [{ var: `${prefix}country` }, country] }] };
}

function asJsonRule({ limit, country }: SampleRule, priority: number): RuleProperties {
  return {
    priority,
    conditions: {
      all: [
        { fact: "amount", operator: "greaterThan", value: limit },
        { fact: "country", operator: "notEqual", value: country },
      ],
    },
    event: { type: "matched" },
  };
}

function eachInTurn(tests: readonly (() => boolean)[]): ReturnType<Contender["prepare"]> {
  return {
    all() {
      let found = 0;
      for (const test of tests) if (test()) found++;
      return found;
    },
    first() {
      for (const test of tests) if (test()) return 1;
      return 0;
    },
  };
}
