import { codeAt, otherThan } from "@require-action-test/support/codes";
import type { Ledger } from "@require-action/core/ledger";
import type { ActionState } from "@require-action/core/provider";
import type { Store } from "@require-action/engine";
import { createManualClock } from "@require-action/testing";
import fc from "fast-check";
import { expect } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, minute, never } from "./harness.ts";

const START = Date.UTC(2026, 0, 15, 12);
const day = 24 * 60 * minute;
const SENDS = 5;
const ATTEMPTS = 5;
const CODE_LIFETIME_MS = 5 * minute;
const SEND_WINDOW_MS = 10 * minute;
const ATTEMPT_WINDOW_MS = 15 * minute;

type Outcome = "CHALLENGE" | "MAIL" | "REVIEW" | "ALLOW";

/** What we think the engine does, told without looking at it. */
interface Model {
  state: ActionState | undefined;
  /** What the policy decides this time. */
  readonly outcome: Outcome;
  now: number;
  /** Attempts in the running window, and when it ends. */
  attempts: number;
  windowEndsAt: number;
  lastStep: number;
  /** Codes mailed in the running window, and when it ends. */
  sends: number;
  sendsEndAt: number;
  /** Until when the last code that was mailed is good; 0 when it was used, or none was. */
  codeEndsAt: number;
  reviewEndsAt: number;
  hasResult: boolean;
  /** Who used the approval. */
  holder: string | undefined;
}

interface Real extends Harness {
  readonly ledger: Ledger;
  readonly shared: string;
  readonly method: string;
  readonly key: { readonly userId: string; readonly action: string; readonly idempotencyKey: string };
  token: string;
  result: string;
}

type Command = fc.AsyncCommand<Model, Real>;

const initial = {
  CHALLENGE: "CHALLENGE_REQUIRED",
  MAIL: "CHALLENGE_REQUIRED",
  REVIEW: "REVIEW_REQUIRED",
  ALLOW: "ALLOW",
} as const;
const codes = { CHALLENGE: "withdraw-funds", MAIL: "read-mail", REVIEW: "close-account", ALLOW: "sign-in" } as const;
const approved: readonly (ActionState | undefined)[] = ["CHALLENGE_SUCCEEDED", "REVIEW_SUCCEEDED"];
const decided: readonly (ActionState | undefined)[] = ["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"];

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    async run(model, real) {
      expireReview(model);
      await run(model, real);
      // After each step, both must agree on how the action stands and on what the result is worth.
      const { key, engine, result } = real;
      expect((await engine.getAction(key, never))?.state).toBe(model.state);
      const { isValid } = await engine.validateChallenge(
        { token: result, userId: key.userId, action: key.action },
        never,
      );
      expect(isValid).toBe(model.hasResult && model.state === "CHALLENGE_SUCCEEDED");
    },
    toString: () => name,
  };
}

function expireReview(model: Model): void {
  if (model.state === "REVIEW_REQUIRED" && model.now >= model.reviewEndsAt) model.state = "REVIEW_FAILED";
}

/** Succeeds just when the model says so. */
async function attempt(allowed: boolean, call: () => Promise<unknown>): Promise<boolean> {
  const succeeded = await call().then(
    () => true,
    () => false,
  );
  expect(succeeded).toBe(allowed);
  return succeeded;
}

const track = command("track", async (model, real) => {
  const { userId, action, idempotencyKey } = real.key;
  const allowed = model.state === undefined || decided.includes(model.state);
  await attempt(allowed, async () => {
    const { token = "" } = await real.engine.track({ userId, action, attributes: { idempotencyKey } }, never);
    real.token = token === "" ? real.token : token;
  });
  if (model.state !== undefined) return;
  model.state = initial[model.outcome];
  model.reviewEndsAt = model.now + 3 * day;
});

/** A token that lives: those of before may have ended. */
async function freshToken({ engine, key: { userId, action, idempotencyKey }, token }: Real): Promise<string> {
  const tracked = await Promise.resolve(engine.track({ userId, action, attributes: { idempotencyKey } }, never)).catch(
    () => ({ token: undefined }),
  );
  return tracked.token ?? token;
}

function answer(name: string, kind: "right" | "wrong" | "void"): Command {
  return command(name, async (model, real) => {
    if (real.token === "") return;
    const isMailed = model.outcome === "MAIL";
    const right = isMailed ? lastCode(real) : codeAt(real.shared, model.now);
    const before = real.mails.at(-2)?.code;
    // A code that was void and is drawn again is the right one.
    if (right === "" || (kind === "void" && (before === undefined || before === right))) return;
    const code = kind === "right" ? right : kind === "void" ? before! : otherThan(right);
    const step = Math.floor(model.now / 30_000);
    const isOpen = model.state === "CHALLENGE_REQUIRED";
    const token = await freshToken(real);
    if (isOpen && model.now >= model.windowEndsAt) model.attempts = 0;
    const isCounted = isOpen && model.attempts < ATTEMPTS;
    const isGood = kind === "right" && (isMailed ? model.now < model.codeEndsAt : step > model.lastStep);
    const verification = await real.engine.challenges.verify(token, real.method, code).catch(() => undefined);
    if (!isCounted) {
      expect(verification).toBeUndefined();
      return;
    }
    if (model.attempts === 0) model.windowEndsAt = model.now + ATTEMPT_WINDOW_MS;
    model.attempts++;
    expect(verification?.isVerified).toBe(isGood);
    if (!isGood) return;
    model.attempts = 0;
    model.lastStep = isMailed ? model.lastStep : step;
    model.codeEndsAt = 0;
    model.state = "CHALLENGE_SUCCEEDED";
    model.hasResult = true;
    real.result = verification?.accessToken ?? "";
  });
}

const send = command("send", async (model, real) => {
  if (real.token === "") return;
  const token = await freshToken(real);
  const isOpen = model.outcome === "MAIL" && model.state === "CHALLENGE_REQUIRED";
  if (isOpen && model.now >= model.sendsEndAt) model.sends = 0;
  const allowed = isOpen && model.sends < SENDS;
  await attempt(allowed, () => real.engine.challenges.send(token, real.method));
  if (!allowed) return;
  if (model.sends === 0) model.sendsEndAt = model.now + SEND_WINDOW_MS;
  model.sends++;
  model.codeEndsAt = model.now + CODE_LIFETIME_MS;
});

/** Uses the approval up, as a guard does; whoever is the second finds it used. */
function consume(owner: string): Command {
  return command(`consume by ${owner}`, async (model, { engine, key, ledger }) => {
    const action = await engine.getAction(key, never);
    if (!approved.includes(action?.state)) return;
    const won = await ledger.claim(`${key.userId} ${key.idempotencyKey}`, owner, 400 * day);
    expect(won).toBe(model.holder === undefined || model.holder === owner);
    model.holder ??= owner;
  });
}

function giveBack(owner: string): Command {
  return command(`given back by ${owner}`, async (model, { key, ledger }) => {
    await ledger.release(`${key.userId} ${key.idempotencyKey}`, owner);
    if (model.holder === owner) model.holder = undefined;
  });
}

function review(verb: "approve" | "reject", to: ActionState): Command {
  return command(verb, async (model, real) => {
    const allowed = model.state === "REVIEW_REQUIRED";
    await attempt(allowed, () => real.engine.reviews[verb](real.key, { reviewer: "rita" }));
    if (allowed) model.state = to;
  });
}

function operate(name: string, to: ActionState, from: readonly (ActionState | undefined)[]): Command {
  return command(name, async (model, real) => {
    const allowed = from.includes(model.state);
    await attempt(allowed, () => real.engine.actions.transition(real.key, { state: to, actor: "operator" }));
    if (!allowed) return;
    model.state = to;
    if (to === "REVIEW_REQUIRED") model.reviewEndsAt = model.now + 3 * day;
  });
}

function wait(ms: number): Command {
  return command(`wait ${ms}`, async (model, real) => {
    real.clock.advance(ms);
    model.now += ms;
    // A result ends two minutes after it was made; from here on it may or may not, so it is let go.
    if (ms > 0) {
      real.result = "";
      model.hasResult = false;
    }
    expireReview(model);
  });
}

/** What is to happen often enough to reach a limit stands here as often. */
const commands = [
  ...Array.from({ length: 3 }, () => fc.constant(track)),
  ...Array.from({ length: 4 }, () => fc.constant(send)),
  ...Array.from({ length: 5 }, () => fc.constant(answer("wrong code", "wrong"))),
  ...Array.from({ length: 2 }, () => fc.constant(answer("void code", "void"))),
  ...Array.from({ length: 2 }, () => fc.constant(answer("right code", "right"))),
  ...Array.from({ length: 2 }, () => fc.constantFrom("one", "another").map(consume)),
  fc.constantFrom("one", "another").map(giveBack),
  fc.constantFrom(review("approve", "REVIEW_SUCCEEDED"), review("reject", "REVIEW_FAILED")),
  fc.constantFrom(
    operate("fail", "CHALLENGE_FAILED", ["CHALLENGE_REQUIRED"]),
    operate("escalate", "REVIEW_REQUIRED", ["CHALLENGE_REQUIRED"]),
    operate("cancel", "BLOCK", [
      "ALLOW",
      "CHALLENGE_REQUIRED",
      "REVIEW_REQUIRED",
      "CHALLENGE_SUCCEEDED",
      "REVIEW_SUCCEEDED",
    ]),
  ),
  fc.constantFrom(30_000, 30_000, 5 * minute, 10 * minute, 15 * minute, 3 * day).map(wait),
];

let users = 0;

/**
 * Compares the engine with the model: `runs` times up to thirty steps, each time with a user who is new to the store.
 * Rejects with the shortest steps after which they differ.
 */
export async function compareWithModel(
  runs: number,
  open: (clock: Harness["clock"]) => { readonly store: Store; readonly ledger: Ledger },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Outcome>("CHALLENGE", "CHALLENGE", "MAIL", "MAIL", "REVIEW", "ALLOW"),
      fc.commands(commands, { maxCommands: 30, size: "max" }),
      async (outcome, steps) => {
        const clock = createManualClock(START);
        const { store, ledger } = open(clock);
        const harness = { ...createHarness({ store, clock }), clock };
        const userId = `user-${++users}`;
        const shared = await enrollApp(harness, userId);
        await harness.engine.authenticators.enrollVerified(userId, {
          verificationMethod: "EMAIL_OTP",
          email: `${userId}@bank.example`,
        });
        const now = clock.now();
        await fc.asyncModelRun(
          () => ({
            model: {
              state: undefined,
              outcome,
              now,
              attempts: 0,
              windowEndsAt: 0,
              lastStep: Math.floor(now / 30_000) - 1,
              sends: 0,
              sendsEndAt: 0,
              codeEndsAt: 0,
              reviewEndsAt: 0,
              hasResult: false,
              holder: undefined,
            } satisfies Model,
            real: {
              ...harness,
              ledger,
              shared,
              method: outcome === "MAIL" ? "EMAIL_OTP" : "AUTHENTICATOR_APP",
              key: { userId, action: codes[outcome], idempotencyKey: "model" },
              token: "",
              result: "",
            },
          }),
          steps,
        );
      },
    ),
    { numRuns: runs },
  );
}
