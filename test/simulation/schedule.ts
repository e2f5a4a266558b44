import { createRandom, type Random } from "./random.ts";

/** Who keeps the claims. */
export type Backend = "memory" | "sqlite" | "redis";

/** Whose clock. */
export type Machine = "first" | "second" | "provider" | "ledger";

/** How long approvals are accepted, in seconds. */
export interface Ages {
  readonly maxAge: number;
  readonly reviewMaxAge: number;
}

/** One thing that happens. Processes and approvals are named by their index. */
export type Step =
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "jump"; readonly machine: Machine; readonly ms: number }
  | { readonly kind: "run"; readonly machine: Machine; readonly rate: number }
  | { readonly kind: "sync"; readonly machine: Machine }
  | { readonly kind: "ask"; readonly process: number; readonly ground: "challenge" | "review" }
  | { readonly kind: "decide"; readonly approval: number; readonly isApproved: boolean }
  | { readonly kind: "use"; readonly process: number; readonly approval: number; readonly ending: Ending }
  | { readonly kind: "race"; readonly approval: number }
  | { readonly kind: "deploy"; readonly process: number; readonly ages: Ages }
  | { readonly kind: "crash"; readonly process: number }
  | { readonly kind: "restart" }
  | { readonly kind: "traffic"; readonly process: number }
  | { readonly kind: "failover"; readonly lacking: number };

/** What the handler does: its work; nothing, and gives the approval back; or nothing, as its process ends. */
export type Ending = "works" | "releases" | "dies";

/** Everything about one run of the simulation. */
export interface Schedule {
  readonly seed: number;
  readonly backend: Backend;
  /** How far clocks may be off, in milliseconds: of applications and provider, and of the ledger's machine. */
  readonly limits: { readonly applications: number; readonly ledger: number };
  readonly claim: "guard" | "handler";
  /** Whether the ledger's restarts and failovers lose claims. */
  readonly isLossy: boolean;
  /** Whether the provider says when it decided. */
  readonly isDated: boolean;
  /** The chance that a command or its reply is lost on the way to Redis. */
  readonly loss: number;
  readonly ages: Ages;
  readonly steps: readonly Step[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = 36;

/**
 * Makes the schedule of a seed. With memory and SQL ledgers clocks may be off by months, and ages change as they like. With
 * Redis, whose keys end by its own clock, one half has clocks that are off by up to 3 hours each and ages that are raised by
 * less than what a claim's day of margin leaves; the other half loses data, while the applications' clocks agree and that of
 * Redis is off by an hour at most.
 */
export function makeSchedule(seed: number, backend: Backend): Schedule {
  const random = createRandom(seed);
  const isLossy = backend === "redis" && random.chance(0.5);
  const limits =
    backend === "redis"
      ? isLossy
        ? { applications: 0, ledger: HOUR }
        : { applications: 3 * HOUR, ledger: 3 * HOUR }
      : { applications: 100 * DAY, ledger: 100 * DAY };
  const most = backend === "redis" ? 5 * HOUR : 10 * DAY;
  return {
    seed,
    backend,
    limits,
    isLossy,
    claim: random.pick(["guard", "handler"]),
    isDated: random.chance(0.75),
    loss: backend === "redis" && random.chance(0.3) ? 0.1 : 0,
    ages: makeAges(random, most),
    steps: makeSteps(random, { backend, isLossy, most, limits }),
  };
}

interface Setting {
  readonly backend: Backend;
  readonly isLossy: boolean;
  readonly most: number;
  readonly limits: Schedule["limits"];
}

function makeSteps(random: Random, { backend, isLossy, most, limits }: Setting): readonly Step[] {
  const machines: readonly Machine[] = isLossy ? ["ledger"] : ["first", "second", "provider", "ledger"];
  const limitOf = (machine: Machine): number => (machine === "ledger" ? limits.ledger : limits.applications);
  const duration = (): number => Math.floor(10 ** (3 + random.next() * 5.4));
  const approvals = random.between(1, 3);
  const approval = (): number => random.between(0, approvals - 1);
  const process = (): number => random.between(0, 1);

  const only = (applies: boolean, weight: number, make: () => Step): readonly (readonly [number, () => Step])[] =>
    applies ? [[weight, make]] : [];
  const makers: readonly (readonly [weight: number, make: () => Step])[] = [
    [6, () => ({ kind: "pass", ms: duration() })],
    [2, () => ({ kind: "pass", ms: random.between(1, 5 * MINUTE) })],
    [
      5,
      () => {
        const machine = random.pick(machines);
        const ms = Math.min(duration(), limitOf(machine)) * (random.chance(0.5) ? 1 : -1);
        return { kind: "jump", machine, ms };
      },
    ],
    [1, () => ({ kind: "run", machine: random.pick(machines), rate: random.pick([0, 0.5, 0.9, 1, 1.1, 3]) })],
    [4, () => ({ kind: "sync", machine: random.pick(machines) })],
    [2, () => ({ kind: "ask", process: process(), ground: random.pick(["challenge", "review"] as const) })],
    [3, () => ({ kind: "decide", approval: approval(), isApproved: random.chance(0.9) })],
    [
      14,
      () => ({
        kind: "use",
        process: process(),
        approval: approval(),
        ending: random.pick(["works", "works", "works", "releases", "dies"] as const),
      }),
    ],
    [3, () => ({ kind: "race", approval: approval() })],
    [2, () => ({ kind: "deploy", process: process(), ages: makeAges(random, most) })],
    ...only(backend === "sqlite", 3, () => ({ kind: "traffic", process: process() })),
    // A memory ledger ends with its process, and says so.
    ...only(backend !== "memory", 1, () => ({ kind: "crash", process: process() })),
    ...only(backend === "redis", isLossy ? 3 : 1, () => ({ kind: "restart" })),
    ...only(isLossy, 4, () => ({ kind: "failover", lacking: random.between(0, 4) })),
  ];
  const total = makers.reduce((sum, [weight]) => sum + weight, 0);
  const make = (): Step => {
    let left = random.next() * total;
    return makers.find(([weight]) => (left -= weight) < 0)![1]();
  };
  const opening = Array.from({ length: approvals }, (_, index): readonly Step[] => [
    { kind: "ask", process: process(), ground: random.pick(["challenge", "review"] as const) },
    ...(random.chance(0.8) ? [{ kind: "decide", approval: index, isApproved: true } as const] : []),
  ]).flat();
  return [...opening, ...Array.from({ length: STEPS }, make)];
}

function makeAges(random: Random, mostMs: number): Ages {
  const seconds = (): number => Math.max(1, Math.floor((mostMs / 1_000) * random.next() ** 3));
  return { maxAge: Math.max(600, seconds()), reviewMaxAge: Math.max(600, seconds()) };
}

/** A schedule as a failing test prints it. */
export function describeSchedule({ steps, ...settings }: Schedule): string {
  return [JSON.stringify(settings), ...steps.map((step, index) => `${index}: ${JSON.stringify(step)}`)].join("\n");
}
