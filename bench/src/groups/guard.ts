import { createGuard, createMemoryLedger } from "@require-action/core";
import type { GuardRequest, Verdict } from "@require-action/core/adapter";
import { createEngine, createMemoryStore } from "@require-action/engine";
import { createLimit } from "../limit/limit.ts";
import { type Measured, measure } from "../measure.ts";
import { medianRatio } from "../median.ts";
import type { GroupReport, Pace, Table, Work } from "../report.ts";
import { ACTION, policyOf, withdrawal } from "../subject-policy.ts";
import { createHandWritten } from "../hand-written.ts";
import { profile } from "../profile.ts";

const RULES = 10;
const secrets = ["a-secret-of-the-bench-that-is-32-bytes-long"];

const plans = {
  full: { rounds: 15, calls: 4_000, warmUp: 4_000 },
  quick: { rounds: 7, calls: 2_000, warmUp: 2_000 },
  tiny: { rounds: 2, calls: 20, warmUp: 5 },
} as const;

/** Measures one ALLOW in process: the guard by itself, with the engine, and the hand-written code with the same engine. */
export async function measureGuard(pace: Pace): Promise<GroupReport> {
  const engine = createEngine({
    policy: policyOf(RULES),
    secrets,
    issuer: "bench",
    baseUrl: "https://bench.example",
    // As large as it must be for all rounds: a full one would refuse.
    store: createMemoryStore({ limits: { actions: 5_000_000, events: 5_000_000 } }),
  });
  const trivial = { ...engine, track: trivialTrack };
  const options = { ledger: createMemoryLedger(), sealSecrets: secrets, user: () => "alice" };
  const bind = (): typeof withdrawal => withdrawal;
  const guardAlone = createGuard({ ...options, provider: trivial }).protect(ACTION, { bind });
  const wholeRequest = createGuard({ ...options, provider: trivial }).protect(ACTION);
  const guardAndEngine = createGuard({ ...options, provider: engine }).protect(ACTION, { bind });
  const byHand = createHandWritten(engine);
  const limit = createLimit(RULES);
  const limitRequest = () => ({ native: {}, user: "alice", ip: "203.0.113.7", userAgent: "bench/1", body: withdrawal });

  const work = await measure(
    [
      {
        name: `hand-written, engine with ${RULES} rules`,
        run: async () => (await byHand.track("alice", withdrawal, "203.0.113.7", "bench/1")).state === "ALLOW",
      },
      { name: `guard and engine with ${RULES} rules`, run: async () => proceeds(await guardAndEngine(request())) },
      { name: "guard alone, bound fields", run: async () => proceeds(await guardAlone(request())) },
      { name: "guard alone, whole request", run: async () => proceeds(await wholeRequest(request())) },
      { name: "limit: the same work by hand", run: async () => limit.allow(limitRequest()) },
      { name: "limit of the guard's part", run: async () => limit.guard(limitRequest()) },
    ],
    plans[pace],
  );
  const [hand, ours, alone, , whole, part] = work as readonly [
    Measured,
    Measured,
    Measured,
    Measured,
    Measured,
    Measured,
  ];
  const profiled = await profileAllow(async () => proceeds(await guardAndEngine(request())), plans[pace].calls);
  return {
    title: "Guard in process",
    work: [...work, profiled.work],
    skipped: [],
    tables: [
      {
        title: "One ALLOW in process, one after the other",
        columns: [
          { name: "× hand-written", digits: 2 },
          { name: "µs of CPU", digits: 1 },
        ],
        rows: work.map(({ subject, microseconds, samples }) => ({
          subject,
          figures: [medianRatio(samples, hand.samples), microseconds],
        })),
        note: "The hand-written code binds nothing, and asks the same engine. A guard alone has a provider that costs nothing. The limit gives the same guarantees without checking anything, in one synchronous function: nothing that gives them is faster.",
      },
      profiled.table,
    ],
    aims: [
      {
        id: "guard-in-process",
        what: "Guard and engine together, per ALLOW in process with 10 rules, against the limit",
        measured: medianRatio(ours.samples, whole.samples),
        unit: "×",
        bound: { atMost: 2 },
      },
      {
        id: "guard-alone",
        what: "The guard alone, against the limit of its part",
        measured: medianRatio(alone.samples, part.samples),
        unit: "×",
        bound: { atMost: 2 },
      },
      {
        id: "guard-against-hand-written",
        what: "Guard and engine against the hand-written code that binds nothing",
        measured: medianRatio(ours.samples, hand.samples),
        unit: "×",
        bound: { atMost: 1.5 },
      },
    ],
  };
}

/** How many functions of the profile are shown. */
const SPOTS = 20;

/** Where a decision spends its time, once all of it is warm. */
async function profileAllow(
  allow: () => Promise<boolean>,
  calls: number,
): Promise<{ readonly table: Table; readonly work: Work }> {
  let done = 0;
  const spots = await profile(async () => {
    for (let call = 0; call < calls; call++) if (await allow()) done++;
  });
  return {
    work: { subject: "ALLOW, profiled", asked: calls, done },
    table: {
      title: "Where guard and engine spend their time, by function",
      sampled: true,
      columns: [{ name: "share %", digits: 1 }],
      rows: spots.slice(0, SPOTS).map(({ where, share }) => ({ subject: where, figures: [share * 100] })),
      note: "Each function's own time, under V8's profiler.",
    },
  };
}

function proceeds({ kind }: Verdict): boolean {
  return kind === "proceed";
}

/** A new request each time, as an adapter makes one. */
function request(): GuardRequest<object> {
  return {
    native: {},
    method: "POST",
    target: "/withdrawals",
    ip: "203.0.113.7",
    header: (name) => (name === "user-agent" ? "bench/1" : undefined),
    body: { sent: true, read: true, value: withdrawal },
    closed: () => false,
    whenEnded: (tellEnd) => tellEnd(200),
  };
}

/** A provider that costs nothing: what is left is the guard. */
async function trivialTrack({ attributes: { idempotencyKey = "" } }: { attributes: { idempotencyKey?: string } }) {
  return { state: "ALLOW", outcome: "ALLOW", isEnrolled: true, idempotencyKey } as const;
}
