import { createScriptedProvider } from "@require-action/testing";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type ActionOptions,
  type ApprovedAction,
  ClaimRefused,
  createGuard,
  createMemoryLedger,
  type GuardOptions,
} from "../src/index.ts";
import type { Ledger } from "../src/ledger.ts";
import type { GuardEvent } from "../src/events.ts";
import type { ParkedDisposition, ParkedJob, ParkedQueue } from "../src/parked.ts";
import {
  approvedOf,
  bodyOf,
  createHarness,
  type Harness,
  lastKey,
  type Native,
  replyOf,
  type Route,
  SECRET,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";

const PATH = "/parked-actions";
const HOUR_MS = 3_600_000;

let harness: Harness;
let ledger: Ledger;
let jobs: ParkedJob[];
let queue: ParkedQueue;

function setUp(options: Partial<GuardOptions<Native>> = {}): void {
  ledger = createMemoryLedger();
  harness = createHarness({ parkedPath: PATH, ledger, ...options });
  jobs = [];
  queue = {
    name: "list",
    add: async (job) => {
      if (!jobs.some(({ id }) => id === job.id)) jobs.push(job);
    },
    work: () => Promise.reject(new Error("nobody works on it")),
  };
}
beforeEach(() => setUp());

function route(options: ActionOptions<Native> = {}): Route {
  return harness.route({ claim: "handler", bind: ({ body }) => body, park: queue, ...options });
}

/** The guard of a worker in another process: with the same provider and secrets, unless told otherwise. */
function workerGuard(options: object = {}) {
  const { provider, clock, events } = harness;
  return createGuard({
    provider,
    ledger,
    clock,
    sealSecrets: [SECRET],
    on: (event: GuardEvent) => events.push(event),
    ...options,
  });
}

/** Has the route park a withdrawal. */
async function park(asked: Route = route(), ask = {}): Promise<{ readonly key: string; readonly job: ParkedJob }> {
  harness.provider.answerNext("REVIEW_REQUIRED");
  expect(summaryOf(await asked(ask))).toBe("202 review_required");
  return { key: lastKey(harness), job: jobs.at(-1)! };
}

const paid: unknown[] = [];
beforeEach(() => void (paid.length = 0));

/** Delivers a job to a worker that pays. */
function run(job: unknown, guard: Pick<ReturnType<typeof workerGuard>, "runParked"> = harness.guard) {
  return guard.runParked({ queue: "list", job }, (action) => (action === "withdraw-funds" ? pay : undefined));
}

async function pay(approved: ApprovedAction): Promise<void> {
  const { userId, bound, ground } = approved;
  await approved.claim(ledger);
  paid.push({ userId, ground, ...bound });
}

const PAYMENT = { userId: "alice", ground: "review", ...WITHDRAWAL };

/** What events say of parked actions. */
function steps(): readonly string[] {
  return harness.events.flatMap((event) =>
    event.type === "parked" ? [event.code === undefined ? event.step : `${event.step}: ${event.code}`] : [],
  );
}

function jobIn(disposition: ParkedDisposition): ParkedJob {
  if (disposition.kind !== "again") throw new Error("the job is over");
  return disposition.job;
}

describe("an action that is parked", () => {
  it("is kept before its client is told so", async () => {
    harness.provider.answerNext("REVIEW_REQUIRED");
    const reply = replyOf(await route()());
    expect(reply.status).toBe(202);
    expect(JSON.parse(reply.body)).toEqual({
      code: "review_required",
      message: "The action is under review, and runs by itself once it is approved.",
      action: "withdraw-funds",
      state: "REVIEW_REQUIRED",
      idempotencyKey: lastKey(harness),
      parked: true,
    });
    expect(reply.headers["location"]).toMatch(/^\/parked-actions\/[A-Za-z0-9_-]+$/);
    expect(reply.headers["retry-after"]).toBe("30");
    expect(jobs).toHaveLength(1);
    expect(steps()).toEqual(["kept"]);
  });

  it("has no Location where the application serves no states", async () => {
    setUp({});
    harness = createHarness();
    harness.provider.answerNext("REVIEW_REQUIRED");
    expect(replyOf(await route()()).headers).not.toHaveProperty("location");
  });

  it("is parked once, however often its client asks again", async () => {
    const asked = route();
    const { key } = await park(asked);
    const again = replyOf(await asked({ token: key }));
    expect([again.status, jobs.length]).toEqual([202, 1]);
    expect(JSON.parse(again.body)).toMatchObject({ parked: true, idempotencyKey: key });
  });

  it("is nothing but a review", async () => {
    const asked = route();
    for (const state of ["ALLOW", "BLOCK", "CHALLENGE_REQUIRED"] as const) {
      harness.provider.answerNext(state);
      await asked();
    }
    expect(jobs).toEqual([]);
  });

  it("T74: shows whoever reads the queue neither user, nor key, nor what is bound", async () => {
    const { key } = await park();
    const all = JSON.stringify(jobs) + Buffer.from(jobs[0]!.sealed, "base64url").toString("latin1");
    for (const secret of ["alice", key, ...Object.values(WITHDRAWAL)]) expect(all).not.toContain(secret);
  });

  it("T74: shows whoever reads the Location neither user nor key", async () => {
    harness.provider.answerNext("REVIEW_REQUIRED");
    const location = replyOf(await route()()).headers["location"]!;
    const all = location + Buffer.from(location.slice(PATH.length + 1), "base64url").toString("latin1");
    for (const secret of ["alice", lastKey(harness)]) expect(all).not.toContain(secret);
  });

  it("is refused with 503 where the queue does not keep it, and events say so without its own words", async () => {
    queue = { ...queue, add: () => Promise.reject(new RangeError("redis://:secret@host")) };
    harness.provider.answerNext("REVIEW_REQUIRED");
    expect(summaryOf(await route()())).toBe("503 decision_unavailable");
    expect(steps()).toEqual([]);
    expect(harness.events.filter(({ type }) => type === "failure")).toMatchObject([
      { source: "queue", code: "queue_unavailable", reason: "queue_unavailable: list: RangeError" },
    ]);
  });

  it("is refused with 503 where the queue does not answer in time", async () => {
    queue = { ...queue, add: () => new Promise(() => {}) };
    harness.provider.answerNext("REVIEW_REQUIRED");
    expect(summaryOf(await route({ deadlineMs: { decision: 50 } })())).toBe("503 decision_unavailable");
  });

  it.each([
    [{ bind: undefined }, "park: needs bind"],
    [{ bind: "none" }, "park: needs bind"],
    [{ claim: "guard" }, 'park: needs claim: "handler"'],
    [{ claim: undefined }, 'park: needs claim: "handler"'],
    [{ observe: true, claim: undefined }, "park: has no effect with observe"],
    [{ park: { add: queue } }, "park: must have add(), work()"],
  ])("is refused at its declaration with %o", (options, problem) => {
    expect(() => route(options as object)).toThrow(problem);
  });
});

describe("a parked action that is delivered", () => {
  it("runs once it is approved, with what was bound, and no sooner", async () => {
    const { key, job } = await park();
    const again = jobIn(await run(job));
    expect([paid, steps()]).toEqual([[], ["kept"]]);
    harness.provider.review(key, "approve");
    expect(await run(again)).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
    expect(steps()).toEqual(["kept", "executed"]);
  });

  it("F34: runs with as much as a guard binds, in letters of three bytes", async () => {
    const bound = { note: "質".repeat(16_373) };
    const { key, job } = await park(route({ bind: () => bound }));
    harness.provider.review(key, "approve");
    expect(await run(job)).toEqual({ kind: "done" });
    expect(paid).toEqual([{ userId: "alice", ground: "review", ...bound }]);
  });

  it("runs in another process, by a guard without routes", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    expect(await run(JSON.parse(JSON.stringify(job)), workerGuard())).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it("is looked at again after a tenth of the time that it waits, five minutes at most, and nothing is counted", async () => {
    const { job } = await park();
    const waits: number[] = [];
    for (const [ms, next] of [0, 60_000, HOUR_MS, 100 * HOUR_MS].entries()) {
      harness.clock.advance(next);
      const again = jobIn(await run({ ...job, dueAt: harness.clock.now() }));
      waits[ms] = again.dueAt - harness.clock.now();
      expect(again.tries).toBe(0);
    }
    expect(waits).toEqual([1_000, 6_000, 300_000, 300_000]);
    expect(harness.events.filter(({ type }) => type === "refusal")).toHaveLength(1);
  });

  it.each([
    ["reject", "review_rejected"],
    ["block", "action_blocked"],
  ])("ends where it was decided otherwise: %s", async (decision, code) => {
    const { key, job } = await park();
    if (decision === "reject") harness.provider.review(key, "reject");
    else harness.provider.override("getAction", () => ({ state: "BLOCK" }));
    expect(await run(job)).toEqual({ kind: "done" });
    expect([paid, steps()]).toEqual([[], ["kept", `ended: ${code}`]]);
  });

  it("T68: ends where its user was revoked between approval and run", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    harness.provider.override("getAction", () => ({ state: "BLOCK" }));
    expect(await run(job)).toEqual({ kind: "done" });
    expect([paid, steps()]).toEqual([[], ["kept", "ended: action_blocked"]]);
  });

  it("ends where its approval is older than its route allows, whatever the worker's guard says", async () => {
    const { key, job } = await park(route({ reviewMaxAge: 3_600 }));
    harness.provider.review(key, "approve");
    harness.clock.advance(HOUR_MS + 1);
    expect(await run(job, workerGuard({ reviewMaxAge: 86_400 }))).toEqual({ kind: "done" });
    expect([paid, steps()]).toEqual([[], ["kept", "overdue", "ended: action_token_expired"]]);
  });

  it("runs as long as its route accepts the approval, whatever the worker's guard says", async () => {
    const { key, job } = await park(route({ reviewMaxAge: 30 * 86_400 }));
    harness.provider.review(key, "approve");
    harness.clock.advance(29 * 24 * HOUR_MS);
    expect(await run(job, workerGuard({ reviewMaxAge: 60 }))).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it("ends when nobody has decided it in a month and a day", async () => {
    const { job } = await park();
    harness.clock.advance(job.expiresAt - harness.clock.now());
    expect(await run({ ...job, dueAt: harness.clock.now() })).toEqual({ kind: "done" });
    expect(steps()).toEqual(["kept", "ended: action_token_expired"]);
  });

  it("F18: runs once of many deliveries and repeats of its client, and the others end", async () => {
    const asked = route();
    const { key, job } = await park(asked);
    harness.provider.review(key, "approve");
    const repeat = async () => pay(approvedOf(await asked({ token: key })));
    const answers = await Promise.allSettled([run(job), repeat(), run(job, workerGuard()), repeat(), run(job)]);
    expect(paid).toEqual([PAYMENT]);
    const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
    for (const reason of refused) expect(reason).toBeInstanceOf(ClaimRefused);
    expect(answers[0]).toEqual({ status: "fulfilled", value: { kind: "done" } });
    expect(steps().filter((step) => step === "ended: action_token_used").length + refused.length).toBe(4);
  });

  it("comes again where its work throws, ever later, with the same approval", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    const cause = new Error("the bank is closed");
    let current = job;
    const waits: number[] = [];
    for (let times = 0; times < 12; times++) {
      harness.clock.advance(current.dueAt - harness.clock.now());
      current = jobIn(
        await harness.guard.runParked({ queue: "list", job: current }, () => () => {
          throw cause;
        }),
      );
      waits.push(current.dueAt - harness.clock.now());
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1_000));
    expect(harness.events.at(-1)).toMatchObject({ type: "parked", step: "delayed", tries: 11, cause });
    expect(await run(current)).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it("comes again where the provider is down", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    harness.provider.override("getAction", () => Promise.reject(new Error("down")));
    const again = jobIn(await run(job));
    expect(steps()).toEqual(["kept", "delayed: decision_unavailable"]);
    harness.provider.restore();
    expect(await run(again)).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it("F34: comes again where a worker's clock is behind that of the route, and runs once it is not", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    const { clock } = harness;
    const behind = workerGuard({ clock: { now: () => clock.now() - 60_000 } });
    const again = jobIn(await run(job, behind));
    expect([again.tries, steps()]).toEqual([1, ["kept", "delayed: configuration_invalid"]]);
    expect(harness.events.at(-1)).toMatchObject({ type: "parked", waitedMs: 0 });
    expect(await run(again)).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it.each([
    ["does not know it", () => createScriptedProvider()],
    ["is another one", () => ({ ...createScriptedProvider(), name: "another" })],
  ])("F34: comes again where the provider of a worker %s, as that of another may", async (_what, provider) => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    const again = jobIn(await run(job, workerGuard({ provider: provider() })));
    expect([again.tries, steps()]).toEqual([1, ["kept", "delayed: configuration_invalid"]]);
    expect(await run(again)).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it("comes again where this worker does no such action, as another may", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    const again = jobIn(await harness.guard.runParked({ queue: "list", job }, () => undefined));
    expect([again.tries, steps()]).toEqual([1, ["kept", "delayed: configuration_invalid"]]);
  });

  it("is an event where it comes long after it was due", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    harness.clock.advance(HOUR_MS);
    await run(job);
    expect(harness.events.find((event) => event.type === "parked" && event.step === "overdue")).toMatchObject({
      actionId: job.id,
      waitedMs: HOUR_MS - 1_000,
    });
    expect(paid).toEqual([PAYMENT]);
  });

  it("is for the session that asked for it", async () => {
    setUp({ session: ({ session }) => session });
    const { key, job } = await park(route(), { session: "s-1" });
    harness.provider.review(key, "approve");
    expect(await run(job, workerGuard())).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it("opens after its secret was retired", async () => {
    const { key, job } = await park();
    harness.provider.review(key, "approve");
    const next = workerGuard({ sealSecrets: ["another secret of thirty-two bytes", SECRET] });
    expect(await run(job, next)).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it("T74: runs nothing that was sealed under another secret, or was changed, and is not lost by it", async () => {
    const { key, job } = await park();
    const { job: another } = await park(route(), { user: "mallory" });
    harness.provider.review(key, "approve");
    const stranger = workerGuard({ sealSecrets: ["another secret of thirty-two bytes"] });
    expect(jobIn(await run(job, stranger))).toMatchObject({ id: job.id, sealed: job.sealed });
    const flipped = (at: number): string => {
      const bytes = Buffer.from(job.sealed, "base64url");
      bytes[at]! ^= 1;
      return bytes.toString("base64url");
    };
    for (const changed of [
      { sealed: another.sealed },
      { id: another.id },
      { action: "close-account" },
      { expiresAt: job.expiresAt + 1 },
      { parkedAt: job.parkedAt - 1 },
      ...[0, 12, 40, -1].map((at) => ({
        sealed: flipped(at < 0 ? Buffer.from(job.sealed, "base64url").length - 1 : at),
      })),
      ...["", "AA", `${job.sealed}AA`, "no base64url!"].map((sealed) => ({ sealed })),
    ]) {
      expect(jobIn(await run({ ...job, ...changed })).tries, JSON.stringify(changed).slice(0, 60)).toBe(1);
    }
    expect(paid).toEqual([]);
    expect(await run(job)).toEqual({ kind: "done" });
    expect(paid).toEqual([PAYMENT]);
  });

  it.each<{ readonly job: unknown }>(
    [undefined, null, 7, "text", [], {}, { id: "x" }, { constructor: 1 }].map((job) => ({ job })),
  )("is dropped where it is none: $job", async ({ job }) => {
    expect(await run(job)).toEqual({ kind: "done" });
    expect(harness.events).toEqual([]);
  });
});

describe("the state of a parked action", () => {
  async function parked(): Promise<{ readonly key: string; readonly handle: string }> {
    harness.provider.answerNext("REVIEW_REQUIRED");
    const reply = replyOf(await route()());
    return { key: lastKey(harness), handle: reply.headers["location"]!.slice(PATH.length + 1) };
  }
  const status = async (handle: unknown, user: string | number | null = "alice") =>
    (await harness.guard.parkedTask(handle, user))?.task.status;

  it("is pending, then approved, then expired", async () => {
    const { key, handle } = await parked();
    expect(await harness.guard.parkedTask(handle, "alice")).toEqual({
      task: { id: jobs[0]!.id, status: "pending", expires_at: new Date(jobs[0]!.expiresAt).toISOString() },
    });
    harness.provider.review(key, "approve");
    expect(await status(handle)).toBe("approved");
    harness.clock.advance(24 * HOUR_MS);
    expect(await status(handle)).toBe("expired");
  });

  it("is executed once the ledger of the guard has its claim", async () => {
    const { key, handle } = await parked();
    harness.provider.review(key, "approve");
    await harness.guard.runParked({ queue: "list", job: jobs[0] }, () => (approved) => approved.claim(ledger));
    expect(await status(handle)).toBe("executed");
  });

  it("is denied, or cancelled", async () => {
    const { key, handle } = await parked();
    harness.provider.review(key, "reject");
    expect(await status(handle)).toBe("denied");
    harness.provider.override("getAction", () => ({ state: "BLOCK" }));
    expect(await status(handle)).toBe("cancelled");
  });

  it("T74: is nothing for another user, for what is no handle, and for one that has expired", async () => {
    const { handle } = await parked();
    for (const user of ["mallory", "", null, 7]) expect(await status(handle, user)).toBeUndefined();
    for (const other of [undefined, "", "x", `${handle}A`, handle.slice(1), jobs[0]!.sealed, jobs[0]!.id]) {
      expect(await status(other)).toBeUndefined();
    }
    harness.clock.advance(jobs[0]!.expiresAt - harness.clock.now());
    expect(await status(handle)).toBeUndefined();
  });

  it("is nothing where the provider does not know the action, and 503 where it does not answer", async () => {
    const { handle } = await parked();
    harness.provider.override("getAction", () => undefined);
    expect(await status(handle)).toBeUndefined();
    harness.provider.override("getAction", () => Promise.reject(new Error("down")));
    await expect(status(handle)).rejects.toMatchObject({ status: 503 });
  });
});

describe("a client that repeats a parked action itself", () => {
  it("runs it, once it is approved, as any reviewed action", async () => {
    const asked = route();
    const { key } = await park(asked);
    harness.provider.review(key, "approve");
    expect(approvedOf(await asked({ token: key })).bound).toEqual(WITHDRAWAL);
    expect(bodyOf(await asked({ token: key, body: { ...WITHDRAWAL, amount: "11.00" } }))).toMatchObject({
      code: "action_parameters_changed",
    });
  });
});
