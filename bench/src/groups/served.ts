import { decideWith } from "../stores/decisions.ts";
import { createPostgresStore } from "@require-action/sql";
import { median, medianRatio } from "../median.ts";
import type { Aim, GroupReport, Pace, Table, Work } from "../report.ts";
import { inRounds } from "../rounds.ts";
import { compareRoutes, cpuPerRequest, routeColumns, routeRow, throughputRatio } from "../routes/compare-routes.ts";
import { countLockWaits } from "../served/lock-waits.ts";
import { type DecisionAsking, type DecisionServer, startDecisionServer } from "../served/served-decision.ts";
import type { Burst } from "../served/server-process.ts";
import { callSteadily, type SteadyLoad } from "../served/steady-load.ts";
import { findPostgres, type FoundPostgres } from "../stores/services.ts";

interface Plan {
  readonly rounds: number;
  readonly asking: DecisionAsking;
  readonly steady: { readonly rounds: number; readonly perSecond: number; readonly milliseconds: number };
}

const plans: Readonly<Record<Pace, Plan>> = {
  full: {
    rounds: 7,
    asking: { connections: 50, requests: 5_000 },
    steady: { rounds: 5, perSecond: 500, milliseconds: 8_000 },
  },
  quick: {
    rounds: 3,
    asking: { connections: 50, requests: 1_000 },
    steady: { rounds: 2, perSecond: 500, milliseconds: 2_000 },
  },
  tiny: {
    rounds: 1,
    asking: { connections: 2, requests: 8 },
    steady: { rounds: 1, perSecond: 500, milliseconds: 300 },
  },
};

type Part = Pick<GroupReport, "tables" | "aims" | "work">;

/** Decisions over HTTP: by one process and by two, and while what has ended is swept. */
export async function measureServed(pace: Pace): Promise<GroupReport> {
  const plan = plans[pace];
  const postgres = await findPostgres();
  if ("skipped" in postgres) {
    return { title: "Served decisions", ...(await compareServers(undefined, plan)), skipped: [postgres.skipped] };
  }
  const { service } = postgres;
  const parts: readonly Part[] = [
    await compareServers(await createSchema(service), plan),
    await compareProcesses(service, plan),
    await compareSweeping(service, plan),
  ];
  await service.close();
  return {
    title: "Served decisions",
    tables: parts.flatMap(({ tables }) => tables),
    aims: parts.flatMap(({ aims }) => aims),
    work: parts.flatMap(({ work }) => work),
    skipped: [],
  };
}

/** A server over each store, against one that does nothing but parse and answer the same JSON. */
async function compareServers(schema: string | undefined, { rounds, asking }: Plan): Promise<Part> {
  const memory = await startDecisionServer("memory");
  const bare = await startDecisionServer("bare", await memory.ask());
  const postgres = schema === undefined ? undefined : await startDecisionServer("postgres", schema);
  const named: readonly (readonly [string, DecisionServer | undefined])[] = [
    ["bare node:http, the same JSON", bare],
    ["served, memory", memory],
    ["served, PostgreSQL", postgres],
  ];
  const subjects = named.flatMap(([name, route]) =>
    route === undefined ? [] : [{ name, route, ask: async () => asking }],
  );
  const measured = [...(await compareRoutes(subjects, rounds)).values()];
  await Promise.all(subjects.map(({ route }) => route.end()));
  const [base, served] = [measured[0]!, measured[1]!];
  return {
    work: measured,
    tables: [
      {
        title: `A decision over HTTP, ${asking.connections} connections`,
        columns: routeColumns,
        rows: measured.map((one) => routeRow(one, base)),
        note: "The policy has ten rules, of which none matches; the answer is ALLOW, with a token.",
      },
    ],
    aims: [
      {
        id: "served-memory",
        what: "Throughput of a decision served from memory, against bare node:http that parses and answers the same JSON",
        measured: throughputRatio(served, base),
        unit: "×",
        bound: { atLeast: 0.4 },
      },
    ],
  };
}

/** Two processes on one database, with as many connections and requests together as one alone. */
async function compareProcesses(service: FoundPostgres, { rounds, asking }: Plan): Promise<Part> {
  const schemas = [await createSchema(service), await createSchema(service)] as const;
  const [alone, ...both] = await Promise.all([
    startDecisionServer("postgres", schemas[0]),
    startDecisionServer("postgres", schemas[1]),
    startDecisionServer("postgres", schemas[1]),
  ]);
  // Each as warm as the others, though of two each serves half.
  for (const one of [alone!, ...both]) await one.burst(asking);
  const half = { connections: asking.connections / 2, requests: asking.requests / 2 };
  const waits = new Map<string, number[]>(schemas.map((schema) => [schema, []]));
  const watched =
    (schema: string, burst: (asked: DecisionAsking) => Promise<Burst>) =>
    async (asked: DecisionAsking): Promise<Burst> => {
      const { result, waiting } = await countLockWaits(service.pool, schema, () => burst(asked));
      waits.get(schema)!.push(waiting);
      return result;
    };
  const together = async (): Promise<Burst> => sumOf(await Promise.all(both.map((one) => one.burst(half))));
  const subjects = [
    { name: "one process", schema: schemas[0], route: { burst: watched(schemas[0], alone!.burst) } },
    { name: "two processes", schema: schemas[1], route: { burst: watched(schemas[1], together) } },
  ] as const;
  const measured = [
    ...(
      await compareRoutes(
        subjects.map(({ name, route }) => ({ name, route, ask: async () => asking })),
        rounds,
      )
    ).values(),
  ];
  await Promise.all([alone!.end(), ...both.map((one) => one.end())]);
  const [one, two] = [measured[0]!, measured[1]!];
  return {
    work: measured,
    tables: [
      {
        title: `Processes on one PostgreSQL, ${asking.connections} connections in all`,
        columns: [...routeColumns, { name: "waiting for locks", digits: 3 }],
        rows: subjects.map(({ schema }, index) => {
          const row = routeRow(measured[index]!, one);
          return { ...row, figures: [...row.figures, median(waits.get(schema)!.slice(1))] };
        }),
        note: "Waiting for locks: backends that did, on average over samples taken all the while. CPU is that of the processes that serve.",
      },
    ],
    aims: [
      {
        id: "two-processes",
        what: "CPU of a decision served by two processes on one PostgreSQL, against one process",
        measured: medianRatio(two.bursts.map(cpuPerRequest), one.bursts.map(cpuPerRequest)),
        unit: "×",
        bound: { atMost: 1.15 },
      },
    ],
  };
}

/** What two processes saw at the same time. */
function sumOf(bursts: readonly Burst[]): Burst {
  const sum = (figure: (burst: Burst) => number): number => bursts.reduce((total, burst) => total + figure(burst), 0);
  return {
    served: sum(({ served }) => served),
    succeeded: sum(({ succeeded }) => succeeded),
    cpuMicroseconds: sum(({ cpuMicroseconds }) => cpuMicroseconds),
    milliseconds: Math.max(...bursts.map(({ milliseconds }) => milliseconds)),
    p99Milliseconds: Math.max(...bursts.map(({ p99Milliseconds }) => p99Milliseconds)),
  };
}

const DAY_MS = 24 * 60 * 60_000;
const KEPT_MS = 31 * DAY_MS;

/** Decisions at a steady pace, with actions to sweep that have ended, and in a store that keeps all. */
async function compareSweeping(service: FoundPostgres, { steady }: Plan): Promise<Part> {
  const { rounds, perSecond, milliseconds } = steady;
  const ended = 4 * (rounds + 1) * ((perSecond * milliseconds) / 1_000);
  const subjects = await Promise.all(
    [false, true].map(async (sweeps) => {
      const schema = service.createSchema();
      const retention = sweeps ? { retention: { actionsMs: KEPT_MS, auditMs: KEPT_MS } } : {};
      const store = await createPostgresStore(service.pool, { schema, migrate: true, ...retention });
      const decide = decideWith(store, "facts");
      await decide();
      await addEnded(service, schema, ended);
      const countEnded = async (): Promise<number> => {
        const { rows } = await service.pool.query<{ count: string }>(
          `SELECT count(*) FROM "${schema}".actions WHERE created_at < $1`,
          [Date.now() - KEPT_MS],
        );
        return Number(rows[0]?.count);
      };
      return { name: sweeps ? "while sweeping" : "without sweeping", decide, countEnded, loads: [] as SteadyLoad[] };
    }),
  );
  await inRounds(subjects, rounds + 1, async ({ decide, loads }) => {
    loads.push(await callSteadily(perSecond, milliseconds, decide));
  });
  const [without, sweeping] = [subjects[0]!, subjects[1]!];
  const p99s = ({ loads }: typeof without): readonly number[] =>
    loads.slice(1).map(({ latencies }) => quantile(latencies, 0.99));
  const asked = without.loads.reduce((sum, load) => sum + load.asked, 0);
  const swept = ended - (await sweeping.countEnded());
  const table: Table = {
    title: `Decisions on PostgreSQL, ${perSecond} a second`,
    columns: [
      { name: "p99 × without", digits: 2 },
      { name: "p50 ms", digits: 2 },
      { name: "p99 ms", digits: 2 },
      { name: "rows swept a decision", digits: 2 },
    ],
    rows: subjects.map((subject) => ({
      subject: subject.name,
      figures: [
        medianRatio(p99s(subject), p99s(without)),
        median(subject.loads.slice(1).map(({ latencies }) => quantile(latencies, 0.5))),
        median(p99s(subject)),
        subject === sweeping ? swept / asked : 0,
      ],
    })),
    note: "Latency counts from when a decision was due. Each 64th decision sweeps 128 rows, which is as fast as sweeping gets.",
  };
  const work: Work[] = subjects.map(({ name, loads }) => ({
    subject: name,
    asked: loads.reduce((sum, load) => sum + load.asked, 0),
    done: loads.reduce((sum, load) => sum + load.done, 0),
  }));
  // What swept nothing tells nothing of sweeping.
  work.push({ subject: "sweeping sweeps", asked: 1, done: swept > 0 ? 1 : 0 });
  const aims: readonly Aim[] = [];
  return { tables: [table], aims, work };
}

async function createSchema(service: FoundPostgres): Promise<string> {
  const schema = service.createSchema();
  await createPostgresStore(service.pool, { schema, migrate: true });
  return schema;
}

/** Copies of the action that is there, of long ago. */
async function addEnded({ pool }: FoundPostgres, schema: string, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO "${schema}".actions
       (document, tells_event, user_id, code, idempotency_key, action_id, state, created_at)
     SELECT document || jsonb_build_object('idempotencyKey', id, 'actionId', id, 'createdAt', at),
       true, user_id, code, id, id, state, at
     FROM (SELECT * FROM "${schema}".actions LIMIT 1) AS first,
       (SELECT 'ended-' || one AS id, $2::double precision - one AS at FROM generate_series(1, $1::integer) AS one) AS made`,
    [count, Date.now() - KEPT_MS - DAY_MS],
  );
  await pool.query(`VACUUM ANALYZE "${schema}".actions`);
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * part)]!;
}
