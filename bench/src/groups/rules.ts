import { compilePolicy } from "@require-action/engine/policy";
import { measure, type Subject } from "../measure.ts";
import { medianRatio } from "../median.ts";
import type { Aim, GroupReport, Pace, Table, Work } from "../report.ts";
import { cel, closures, jsonLogicJs, jsonRulesEngine } from "../rules/contenders.ts";
import { oursWith, policyOf } from "../rules/ours.ts";
import { type Find, ruleSetOf } from "../rules/rule-set.ts";

const plans = {
  full: { rounds: 9, counts: [1, 10, 100, 1000], batchMilliseconds: 20 },
  quick: { rounds: 5, counts: [1, 10, 100, 1000], batchMilliseconds: 5 },
  tiny: { rounds: 2, counts: [1, 10], batchMilliseconds: 0 },
} as const;

const ours = oursWith("number");
const oursExact = oursWith("decimal");
const contenders = [closures, ours, oursExact, cel, jsonLogicJs, jsonRulesEngine];

/** Of a few rules that make up most policies: what times of the closures' cost is demanded, on numbers and on exact decimals. */
const demanded = { rules: 10, numbers: 3, decimals: 6 } as const;

/** Evaluating rules, against closures and against other engines. */
export async function measureRules(pace: Pace): Promise<GroupReport> {
  const plan = plans[pace];
  const tables: Table[] = [];
  const aims: Aim[] = [];
  const work: Work[] = [];
  for (const count of plan.counts) {
    for (const mode of ["all", "first"] as const) {
      const compared = await compare(count, mode, plan);
      tables.push(compared.table);
      work.push(...compared.work);
      if (mode === "all" && count > 1) aims.push(...compared.aims);
    }
  }
  const load = await measureLoad(plan.rounds, plan.counts.at(-1)!);
  return {
    title: "Rules",
    tables: [...tables, load.table],
    aims: [...aims, load.aim],
    work: [...work, load.work],
    skipped: [],
  };
}

async function compare(
  count: number,
  mode: "all" | "first",
  { rounds, batchMilliseconds }: (typeof plans)[Pace],
): Promise<{ table: Table; aims: readonly Aim[]; work: readonly Work[] }> {
  const set = ruleSetOf(count);
  const subjects: (Subject & { readonly batch: number })[] = [];
  for (const contender of contenders) {
    const ready = contender.prepare(set);
    const find = mode === "all" ? ready.all : ready.first;
    if (find === undefined) continue;
    const batch = await sizeBatch(find, batchMilliseconds);
    const found = mode === "all" ? set.matches : 1;
    subjects.push({ name: contender.name, batch, run: async () => (await repeat(find, batch)) === batch * found });
  }
  const measured = await measure(subjects, { rounds, calls: 1, warmUp: 1 });
  // Of each round, what one evaluation costs.
  const costs = measured.map(({ samples }, index) => samples.map((sample) => sample / subjects[index]!.batch));
  const rows = measured.map(({ subject, microseconds }, index) => ({
    subject,
    figures: [medianRatio(costs[index]!, costs[0]!), microseconds / subjects[index]!.batch],
  }));
  return {
    work: measured.map((one) => ({ ...one, subject: `${one.subject}, ${count} rules, ${mode}` })),
    table: {
      title: `${count} ${count === 1 ? "rule" : "rules"}, ${mode === "all" ? "all matches" : "the first match"}`,
      columns: [
        { name: "× closures", digits: 2 },
        { name: "µs of CPU", digits: 3 },
      ],
      rows,
      ...(mode === "first" && { note: "Ours is not here: it always reports all matches." }),
    },
    aims:
      mode === "all"
        ? aimsOf(
            count,
            costs,
            subjects.map(({ name }) => name),
          )
        : [],
  };
}

function aimsOf(count: number, costs: readonly (readonly number[])[], names: readonly string[]): readonly Aim[] {
  const of = (name: string): readonly number[] => costs[names.indexOf(name)]!;
  return [
    {
      id: `rules-closures-${count}`,
      what: `Against hand-written closures, ${count} rules, all matches`,
      measured: medianRatio(of(ours.name), of(closures.name)),
      unit: "×",
      bound: { atMost: count === demanded.rules ? demanded.numbers : 4 },
    },
    ...(count === demanded.rules
      ? [
          {
            id: "rules-decimals",
            what: `Against hand-written closures, ${count} rules on exact decimals, all matches`,
            measured: medianRatio(of(oursExact.name), of(closures.name)),
            unit: "×",
            bound: { atMost: demanded.decimals },
          },
        ]
      : []),
    {
      id: `rules-json-rules-engine-${count}`,
      what: `Faster than json-rules-engine, ${count} rules, all matches`,
      measured: medianRatio(of(jsonRulesEngine.name), of(ours.name)),
      unit: "×",
      bound: { atLeast: 150 },
    },
  ];
}

/** How many evaluations last long enough for the clock of CPU time. */
async function sizeBatch(find: Find, milliseconds: number): Promise<number> {
  for (let batch = 1; ; batch *= 2) {
    const before = performance.now();
    await repeat(find, batch);
    if (performance.now() - before >= milliseconds) return batch;
  }
}

async function repeat(find: Find, times: number): Promise<number> {
  let found = 0;
  for (let time = 0; time < times; time++) {
    const one = find();
    // What answers at once is not made to wait: a turn of the event loop would outweigh it.
    found += typeof one === "number" ? one : await one;
  }
  return found;
}

async function measureLoad(rounds: number, count: number): Promise<{ table: Table; aim: Aim; work: Work }> {
  const policy = policyOf(ruleSetOf(count), "number");
  const [load] = await measure(
    [{ name: `${count} rules`, run: async () => compilePolicy(policy).actionCodes.length === 1 }],
    { rounds, calls: 1, warmUp: 1 },
  );
  const milliseconds = load!.microseconds / 1000;
  return {
    work: load!,
    table: {
      title: "Loading a policy: read, checked and compiled",
      columns: [{ name: "ms of CPU", digits: 1 }],
      rows: [{ subject: load!.subject, figures: [milliseconds] }],
    },
    aim: {
      id: "rules-load",
      what: `Load time of ${count} rules`,
      measured: milliseconds,
      unit: "ms",
      bound: { atMost: 100 },
    },
  };
}
