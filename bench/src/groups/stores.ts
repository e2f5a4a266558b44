import {
  compareFlights,
  flightColumns,
  type FlightPlan,
  flightRow,
  type FlightSubject,
  speedRatio,
} from "../compare-flights.ts";
import { fly } from "../in-flight.ts";
import { median, medianRatio } from "../median.ts";
import type { GroupReport, Pace } from "../report.ts";
import { inRounds } from "../rounds.ts";
import { type DecisionKind, type Decisions, postgresDecisions, sqliteDecisions } from "../stores/decisions.ts";
import { type GrownStore, growPostgres, growSqlite } from "../stores/grown-stores.ts";
import { postgresLedgers, redisLedgers } from "../stores/ledgers.ts";
import { findPostgres, findRedis, findSqlite } from "../stores/services.ts";

interface Plan {
  readonly claims: FlightPlan;
  readonly decisions: Omit<FlightPlan, "width">;
  readonly growth: { readonly rounds: number; readonly calls: number; readonly actions: readonly number[] };
}

const plans: Readonly<Record<Pace, Plan>> = {
  full: {
    claims: { rounds: 7, calls: 4_000, width: 50 },
    decisions: { rounds: 7, calls: 400 },
    growth: { rounds: 5, calls: 150, actions: [1_000, 100_000, 1_000_000] },
  },
  quick: {
    claims: { rounds: 3, calls: 1_000, width: 50 },
    decisions: { rounds: 3, calls: 300 },
    growth: { rounds: 3, calls: 100, actions: [1_000, 30_000] },
  },
  tiny: {
    claims: { rounds: 1, calls: 10, width: 2 },
    decisions: { rounds: 1, calls: 10 },
    growth: { rounds: 1, calls: 5, actions: [10, 50] },
  },
};

type Part = Pick<GroupReport, "tables" | "aims" | "work">;

/** Ledgers and stores that processes share, against raw commands through the same clients. */
export async function measureStores(pace: Pace): Promise<GroupReport> {
  const plan = plans[pace];
  const parts: Part[] = [];
  const skipped: string[] = [];
  const redis = await findRedis();
  const postgres = await findPostgres();
  const sqlite = await findSqlite();
  if ("skipped" in redis) skipped.push(redis.skipped);
  else {
    parts.push(await compareLedgers("Redis", await redisLedgers(redis.service), plan.claims));
    await redis.service.close();
  }
  if ("skipped" in postgres) skipped.push(postgres.skipped);
  else {
    const { service } = postgres;
    parts.push(await compareLedgers("PostgreSQL", await postgresLedgers(service), plan.claims));
    for (const kind of ["facts", "counter"] as const) {
      parts.push(
        await compareDecisions("PostgreSQL", kind, await postgresDecisions(service, kind), {
          ...plan.decisions,
          width: 10,
        }),
      );
    }
    parts.push(await compareGrowth("PostgreSQL", (actions) => growPostgres(service, actions), plan.growth));
    await service.close();
  }
  if ("skipped" in sqlite) skipped.push(sqlite.skipped);
  else {
    const { service } = sqlite;
    for (const kind of ["facts", "counter"] as const) {
      parts.push(
        await compareDecisions("SQLite", kind, sqliteDecisions(service, kind), { ...plan.decisions, width: 1 }),
      );
    }
    parts.push(await compareGrowth("SQLite", (actions) => growSqlite(service, actions), plan.growth));
    await service.close();
  }
  return {
    title: "Ledgers and stores",
    tables: parts.flatMap(({ tables }) => tables),
    aims: parts.flatMap(({ aims }) => aims),
    work: parts.flatMap(({ work }) => work),
    skipped,
  };
}

async function compareLedgers(
  database: string,
  subjects: readonly [raw: FlightSubject, ours: FlightSubject],
  plan: FlightPlan,
): Promise<Part> {
  const work = await compareFlights(subjects, plan);
  const [raw, ours] = [work[0]!, work[1]!];
  return {
    work,
    tables: [
      {
        title: `A claim on ${database}, ${plan.width} in flight`,
        columns: flightColumns,
        rows: [flightRow(raw, raw), flightRow(ours, raw)],
      },
    ],
    aims: [
      {
        id: `ledger-${database.toLowerCase()}`,
        what: `Claims per second on ${database}, against the raw command through the same client`,
        measured: speedRatio(ours, raw),
        unit: "×",
        bound: { atLeast: 0.95 },
      },
    ],
  };
}

async function compareDecisions(
  database: "PostgreSQL" | "SQLite",
  kind: DecisionKind,
  decisions: Decisions,
  plan: FlightPlan,
): Promise<Part> {
  const isCounting = kind === "counter";
  await decisions.ours.call();
  decisions.takeTraffic();
  await decisions.ours.call();
  const { statements, transactions } = decisions.takeTraffic();
  const work = await compareFlights([decisions.raw, decisions.ours], plan);
  const [raw, ours] = [work[0]!, work[1]!];
  const what = isCounting ? "with a counter" : "without counters";
  const id = `${database.toLowerCase()}-${kind}`;
  return {
    work,
    tables: [
      {
        title: `One decision on ${database}, ${what}, ${plan.width} in flight`,
        columns: [...flightColumns, { name: "statements", digits: 0 }, { name: "transactions", digits: 0 }],
        rows: [
          { ...flightRow(raw, raw), figures: [...flightRow(raw, raw).figures, 2, 2] },
          { ...flightRow(ours, raw), figures: [...flightRow(ours, raw).figures, statements, transactions] },
        ],
        note: isCounting
          ? "Raw: an upsert that counts up, and an insert of a document."
          : "Raw: a row looked up by its key, and an insert of a document.",
      },
    ],
    aims: [
      {
        id: `statements-${id}`,
        // SQLite is in the process: what it is waited for is not a statement, but the disk at the end of a transaction.
        what: `${database === "SQLite" ? "Transactions" : "Statements"} of one decision on ${database}, ${what}`,
        measured: database === "SQLite" ? transactions : statements,
        unit: "",
        bound: { atMost: 2 },
      },
      {
        id: `decision-${id}`,
        what: `Decisions per second on ${database}, ${what}, against two raw statements through the same driver`,
        measured: speedRatio(ours, raw),
        unit: "×",
        bound: { atLeast: 0.75 },
      },
    ],
  };
}

async function compareGrowth(
  database: string,
  grow: (actions: number) => Promise<GrownStore>,
  { rounds, calls, actions }: Plan["growth"],
): Promise<Part> {
  const stores: GrownStore[] = [];
  for (const count of actions) stores.push(await grow(count));
  const latencies = new Map<GrownStore, number[]>(stores.map((store) => [store, []]));
  const done = new Map<GrownStore, number>();
  await inRounds(stores, rounds + 1, async (store, round) => {
    const flown = await fly(calls, 1, () => store.decide());
    done.set(store, (done.get(store) ?? 0) + flown.done);
    if (round > 0) latencies.get(store)!.push(median(flown.latencies));
  });
  const name = (store: GrownStore): string => `${store.actions.toLocaleString("en")} stored actions`;
  const [smallest, ...grown] = stores;
  const ratioOf = (store: GrownStore): number => medianRatio(latencies.get(store)!, latencies.get(smallest!)!);
  return {
    work: stores.map((store) => ({
      subject: `${database}, ${name(store)}`,
      asked: calls * (rounds + 1),
      done: done.get(store)!,
    })),
    tables: [
      {
        title: `Latency of one decision on ${database}, as the store grows, one in flight`,
        columns: [
          { name: "× smallest", digits: 2 },
          { name: "median ms", digits: 3 },
        ],
        rows: stores.map((store) => ({
          subject: name(store),
          figures: [ratioOf(store), median(latencies.get(store)!)],
        })),
      },
    ],
    aims: [
      {
        id: `growth-${database.toLowerCase()}`,
        what: `Latency of a decision on ${database} as the store grows to ${actions.at(-1)!.toLocaleString("en")} actions`,
        measured: Math.max(...grown.map(ratioOf)),
        unit: "×",
        bound: { atMost: 1.1 },
      },
    ],
  };
}
