import { codeAt, otherThan } from "@require-action-test/support/codes";
import type { ActionState } from "@require-action/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, minute, never } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";
const runs = Number(process.env["MODEL_RUNS"] ?? 150);
const day = 24 * 60 * minute;

/** What we think the engine does, told without looking at it. */
interface Model {
  state: ActionState | undefined;
  /** What the policy decides this time. */
  readonly outcome: "CHALLENGE" | "REVIEW" | "ALLOW";
  now: number;
  /** Attempts in the running window, and when it ends. */
  attempts: number;
  windowEndsAt: number;
  lastStep: number;
  reviewEndsAt: number;
  hasResult: boolean;
}

interface Real extends Harness {
  readonly shared: string;
  readonly key: { readonly userId: string; readonly action: string; readonly idempotencyKey: string };
  token: string;
  result: string;
}

type Command = fc.AsyncCommand<Model, Real>;

const initial = { CHALLENGE: "CHALLENGE_REQUIRED", REVIEW: "REVIEW_REQUIRED", ALLOW: "ALLOW" } as const;
const codes = { CHALLENGE: "withdraw-funds", REVIEW: "close-account", ALLOW: "sign-in" } as const;
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

function answer(name: string, isRight: boolean): Command {
  return command(name, async (model, real) => {
    // A token for an action that is challenged, so that only the state stands between the answer and the result.
    if (real.token === "") return;
    const step = Math.floor(model.now / 30_000);
    const code = codeAt(real.shared, model.now);
    const isOpen = model.state === "CHALLENGE_REQUIRED";
    const { token: fresh } = await real.engine
      .track(
        { userId: real.key.userId, action: real.key.action, attributes: { idempotencyKey: real.key.idempotencyKey } },
        never,
      )
      .catch(() => ({ token: undefined }));
    const token = fresh ?? real.token;
    if (isOpen && model.now >= model.windowEndsAt) model.attempts = 0;
    const isCounted = isOpen && model.attempts < 5;
    const isFresh = step > model.lastStep;
    const verification = await real.engine.challenges
      .verify(token, APP, isRight ? code : otherThan(code))
      .catch(() => undefined);
    if (!isCounted) {
      expect(verification).toBeUndefined();
      return;
    }
    if (model.attempts === 0) model.windowEndsAt = model.now + 15 * minute;
    model.attempts++;
    expect(verification?.isVerified).toBe(isRight && isFresh);
    if (!(isRight && isFresh)) return;
    model.attempts = 0;
    model.lastStep = step;
    model.state = "CHALLENGE_SUCCEEDED";
    model.hasResult = true;
    real.result = verification?.accessToken ?? "";
  });
}

function review(verb: "approve" | "reject", to: ActionState): Command {
  return command(verb, async (model, real) => {
    const allowed = model.state === "REVIEW_REQUIRED";
    await attempt(allowed, () => real.engine.reviews[verb](real.key, { reviewer: "rita" }));
    if (allowed) model.state = to;
  });
}

function operate(to: ActionState, from: readonly (ActionState | undefined)[]): Command {
  return command(`operator: ${to}`, async (model, real) => {
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

const commands = [
  fc.constant(track),
  fc.constant(answer("right code", true)),
  fc.constant(answer("wrong code", false)),
  fc.constant(review("approve", "REVIEW_SUCCEEDED")),
  fc.constant(review("reject", "REVIEW_FAILED")),
  fc.constant(operate("CHALLENGE_FAILED", ["CHALLENGE_REQUIRED"])),
  fc.constant(operate("REVIEW_REQUIRED", ["CHALLENGE_REQUIRED"])),
  fc.constant(
    operate("BLOCK", ["ALLOW", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED", "CHALLENGE_SUCCEEDED", "REVIEW_SUCCEEDED"]),
  ),
  fc.constantFrom(30_000, 15 * minute, 3 * day).map(wait),
];

it("T10: whatever the order of steps, the engine is where the model says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("CHALLENGE", "CHALLENGE", "REVIEW", "ALLOW"),
      fc.commands(commands, { maxCommands: 30 }),
      async (outcome, steps) => {
        const harness = createHarness();
        const shared = await enrollApp(harness, "alice");
        const now = harness.clock.now();
        await fc.asyncModelRun(
          () => ({
            model: {
              state: undefined,
              outcome,
              now,
              attempts: 0,
              windowEndsAt: 0,
              lastStep: Math.floor(now / 30_000) - 1,
              reviewEndsAt: 0,
              hasResult: false,
            } satisfies Model,
            real: {
              ...harness,
              shared,
              key: { userId: "alice", action: codes[outcome], idempotencyKey: "model" },
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
}, 120_000);
