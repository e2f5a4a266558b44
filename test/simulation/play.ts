import { createGuard } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import type { GuardedAction } from "@require-action/core/off-http";
import type { ActionProvider } from "@require-action/core/provider";
import type { RedisClient } from "@require-action/redis";
import {
  createMemoryBackend,
  createRedisBackend,
  createSqliteBackend,
  type LedgerBackend,
  sendTraffic,
} from "./backends.ts";
import { createRandom } from "./random.ts";
import { type Ages, type Ending, type Machine, type Schedule, type Step } from "./schedule.ts";
import { createSimulatedTime, type SimulatedClock } from "./simulated-clocks.ts";
import { createSimulatedProvider } from "./simulated-provider.ts";

/** Parts broken on purpose, to show that the simulation finds it. */
export interface Breakage {
  ledger?(ledger: Ledger): Ledger;
  provider?(provider: ActionProvider): ActionProvider;
  connection?(client: RedisClient): RedisClient;
}

interface Process {
  action: GuardedAction | undefined;
  ages: Ages;
}

interface Approval {
  readonly key: string;
  readonly ground: "challenge" | "review";
  isDecided: boolean;
  isApproved: boolean;
  runs: number;
}

const HANDLER_DIES = new Error("the process ended");
const SECRET = "a secret of the simulation, of 32 bytes and more";
const createBackend = { memory: createMemoryBackend, sqlite: createSqliteBackend, redis: createRedisBackend } as const;

/** What came of a schedule. */
export interface Played {
  /** A handler that ran twice for one approval, or without one. */
  readonly fault: string | undefined;
  /** How often handlers ran, by what had approved them. */
  readonly runs: Readonly<Record<"challenge" | "review", number>>;
}

/**
 * Plays a schedule against the real guard and the real ledger. Nothing waits for a timer or reads the machine's clock, so that it plays the same each time.
 */
export async function play(schedule: Schedule, breakage: Breakage = {}): Promise<Played> {
  const time = createSimulatedTime();
  const clocks: Readonly<Record<Machine, SimulatedClock>> = {
    first: time.clock(schedule.limits.applications),
    second: time.clock(schedule.limits.applications),
    provider: time.clock(schedule.limits.applications),
    ledger: time.clock(schedule.limits.ledger),
  };
  const backend: LedgerBackend = createBackend[schedule.backend]({
    schedule,
    clock: clocks.ledger,
    random: createRandom(schedule.seed + 1),
    connection: breakage.connection,
  });
  const provider = createSimulatedProvider(clocks.provider, schedule.isDated);
  const processes: readonly Process[] = [0, 1].map(() => ({ action: undefined, ages: schedule.ages }));
  const approvals: Approval[] = [];
  const runs = { challenge: 0, review: 0 };

  /** The action as the process declares it; a process that has ended is started. */
  async function start(index: number): Promise<GuardedAction | undefined> {
    const process = processes[index]!;
    if (process.action) return process.action;
    const clock = index === 0 ? clocks.first : clocks.second;
    const ledger = await backend.open(clock).catch(() => undefined);
    if (!ledger) return undefined;
    const guard = createGuard<never>({
      provider: breakage.provider?.(provider) ?? provider,
      ledger: breakage.ledger?.(ledger) ?? ledger,
      resilience: "none",
      user: () => "alice",
      sealSecrets: [SECRET],
      clock,
      ...process.ages,
    });
    process.action = guard.action("withdraw-funds", { claim: schedule.claim });
    ledgers.set(process.action, breakage.ledger?.(ledger) ?? ledger);
    return process.action;
  }
  const ledgers = new WeakMap<GuardedAction, Ledger>();

  async function ask(index: number, ground: "challenge" | "review"): Promise<void> {
    const action = await start(index);
    if (!action) return;
    const keyOf = provider.expect(ground);
    const result = await action.run({ user: "alice", bound: { amount: "10.00" } }, () => {});
    if (result.kind === "challenge_required" || result.kind === "review_required") {
      approvals.push({ key: keyOf(), ground, isDecided: false, isApproved: false, runs: 0 });
    }
  }

  async function use(index: number, approval: Approval, ending: Ending): Promise<void> {
    const action = await start(index);
    if (!action) return;
    const call = { user: "alice", bound: { amount: "10.00" }, token: provider.tokenOf(approval.key) };
    await action
      .run(call, async (approved) => {
        if (schedule.claim === "handler") await approved.claim(ledgers.get(action)!);
        if (ending === "dies") throw HANDLER_DIES;
        if (ending === "releases" && schedule.claim === "guard") return approved.release();
        approval.runs += 1;
        runs[approval.ground] += 1;
      })
      .catch(() => {});
    if (ending === "dies") processes[index]!.action = undefined;
  }

  async function take(step: Step): Promise<void> {
    const approval = "approval" in step ? approvals[step.approval] : undefined;
    if ("approval" in step && !approval) return;
    switch (step.kind) {
      case "pass":
        return time.pass(step.ms);
      case "jump":
        return clocks[step.machine].jump(step.ms);
      case "run":
        return clocks[step.machine].run(step.rate);
      case "sync":
        return clocks[step.machine].sync();
      case "ask":
        return ask(step.process, step.ground);
      case "decide":
        if (approval!.isDecided) return;
        Object.assign(approval!, { isDecided: true, isApproved: step.isApproved });
        return provider.decide(approval!.key, step.isApproved);
      case "use":
        return use(step.process, approval!, step.ending);
      case "race":
        await Promise.all([use(0, approval!, "works"), use(1, approval!, "works"), use(0, approval!, "works")]);
        return;
      case "deploy":
        Object.assign(processes[step.process]!, { ages: step.ages, action: undefined });
        return;
      case "crash":
        processes[step.process]!.action = undefined;
        return;
      case "traffic": {
        const action = await start(step.process);
        return action && sendTraffic(ledgers.get(action)!);
      }
      case "restart":
        return backend.restart();
      case "failover":
        return backend.failOver(step.lacking);
    }
  }

  for (const [index, step] of schedule.steps.entries()) {
    // Nothing takes no time at all.
    time.pass(1);
    await take(step);
    // What a guard has left to give back.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    const fault = findFault(approvals);
    if (fault !== undefined) return { fault: `step ${index}: ${fault}`, runs };
  }
  return { fault: undefined, runs };
}

function findFault(approvals: readonly Approval[]): string | undefined {
  for (const [number, { runs, isApproved }] of approvals.entries()) {
    if (runs > 1) return `the handler ran ${runs} times for approval ${number}`;
    if (runs > 0 && !isApproved) return `the handler ran without approval ${number}`;
  }
  return undefined;
}
