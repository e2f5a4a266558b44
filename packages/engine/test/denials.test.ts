import { codeAt } from "@require-action-test/support/codes";
import { createMemoryStore, type EngineOptions } from "@require-action/engine";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, minute, never, remote, track } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";
const MAIL = "EMAIL_OTP";
const email = "alice@mail.example";

type Hook = NonNullable<EngineOptions["onDeniedByUser"]>;

async function ready(options: Partial<EngineOptions> = {}): Promise<{ harness: Harness; shared: string }> {
  const harness = createHarness(options);
  return { harness, shared: await enrollApp(harness, "alice") };
}

/** A session of alice's. */
async function signIn({ engine, clock }: Harness, shared: string): Promise<string> {
  const { token, key } = await track(engine, "alice");
  await engine.challenges.verify(token, APP, codeAt(shared, clock.now()));
  clock.advance(minute);
  return (await engine.sessions.create({ ...key, clientId: "web" })).accessToken;
}

const typesOf = ({ events }: Harness): readonly string[] => events.map(({ type }) => type);

afterEach(() => vi.useRealTimers());

describe("T55: a user who did not ask for an action", () => {
  it("ends it as failed, for everybody who asks about it", async () => {
    const { harness, shared } = await ready();
    const { engine, clock } = harness;
    const { token, key } = await track(engine, "alice");
    await engine.challenges.deny(token);
    const denied = { state: "CHALLENGE_FAILED", deniedByUser: true };
    await expect(engine.getAction(key, never)).resolves.toMatchObject(denied);
    await expect(engine.actions.find(key)).resolves.toMatchObject(denied);
    const { userId, action } = key;
    const answer = await engine.validateChallenge({ token, userId, action }, never);
    expect(answer).toMatchObject({ isValid: false, ...denied });
    const late = engine.challenges.verify(token, APP, codeAt(shared, clock.now()));
    await expect(late).rejects.toMatchObject({ reason: "challenge_not_open" });
    const { items } = await engine.audit.query({ userId });
    expect(items.find(({ type }) => type === "challenge.denied_by_user")).toMatchObject({
      from: "CHALLENGE_REQUIRED",
      state: "CHALLENGE_FAILED",
      action,
    });
  });

  it("may say so again, and nothing happens", async () => {
    const hook = vi.fn<Hook>();
    const { harness } = await ready({ onDeniedByUser: hook });
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.deny(token);
    await expect(harness.engine.challenges.deny(token)).resolves.toBeUndefined();
    expect(hook).toHaveBeenCalledTimes(1);
    expect(typesOf(harness).filter((type) => type === "challenge.denied_by_user")).toHaveLength(1);
  });

  it("cannot take back what was approved, reviewed or refused before", async () => {
    const { harness, shared } = await ready();
    const { engine, clock } = harness;
    const { token } = await track(engine, "alice");
    const { accessToken } = await engine.challenges.verify(token, APP, codeAt(shared, clock.now()));
    await expect(engine.challenges.deny(token)).rejects.toMatchObject({ reason: "challenge_not_open" });
    await expect(engine.challenges.deny(accessToken)).rejects.toMatchObject({ reason: "token_invalid" });
    for (const state of ["REVIEW_REQUIRED", "BLOCK", "CHALLENGE_FAILED"] as const) {
      const other = await track(engine, "alice");
      await engine.actions.transition(other.key, { state, actor: "operator" });
      await expect(engine.challenges.deny(other.token)).rejects.toMatchObject({ reason: "challenge_not_open" });
      expect((await engine.getAction(other.key, never))?.deniedByUser).toBeUndefined();
    }
  });

  it("needs the challenge's token: none, garbage and a token for factors deny nothing", async () => {
    const { harness } = await ready();
    const { token } = await track(harness.engine, "alice", "sign-in", { scope: "add:authenticators" });
    await expect(harness.engine.challenges.deny(token)).rejects.toMatchObject({ reason: "challenge_not_open" });
    for (const garbage of [undefined, "", "x.y.z", {}]) {
      await expect(harness.engine.challenges.deny(garbage)).rejects.toMatchObject({ reason: "token_invalid" });
    }
  });

  it("T5: of 20 denials and 20 right answers at once, one side wins", async () => {
    const { harness, shared } = await ready({ store: remote() });
    const { engine, clock } = harness;
    const { token, key } = await track(engine, "alice");
    const code = codeAt(shared, clock.now());
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        index % 2
          ? engine.challenges.verify(token, APP, code).then(({ accessToken }) => accessToken !== undefined)
          : engine.challenges.deny(token).then(() => "denied"),
      ),
    );
    const won = new Set(outcomes.flatMap((one) => (one.status === "fulfilled" && one.value ? [one.value] : [])));
    expect(won.size).toBe(1);
    const isDenied = won.has("denied");
    expect((await engine.getAction(key, never))?.state).toBe(isDenied ? "CHALLENGE_FAILED" : "CHALLENGE_SUCCEEDED");
  });
});

describe("the application's hook", () => {
  it("ends the user's sessions by its word, and nobody else's", async () => {
    const hook = vi.fn<Hook>(() => ({ endSessions: true }));
    const { harness, shared } = await ready({ onDeniedByUser: hook });
    const { engine } = harness;
    const accessToken = await signIn(harness, shared);
    const { token, key } = await track(engine, "alice", "withdraw-funds", { ipAddress: "203.0.113.7" });
    await engine.challenges.deny(token);
    expect(hook).toHaveBeenCalledWith(
      { ...key, at: harness.clock.now(), ipAddress: "203.0.113.7" },
      expect.any(AbortSignal),
    );
    await expect(engine.sessions.validate({ accessToken })).rejects.toMatchObject({ reason: "token_invalid" });
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: "session.ended", userId: "alice", reason: "denied_by_user" }),
    );
  });

  it.each<readonly [string, unknown]>([
    ["nothing", undefined],
    ["false", { endSessions: false }],
    ["a text", { endSessions: "true" }],
    ["something else", true],
  ])("ends none for %s", async (_what, answer) => {
    const { harness, shared } = await ready({ onDeniedByUser: (() => answer) as Hook });
    const accessToken = await signIn(harness, shared);
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.deny(token);
    await expect(harness.engine.sessions.validate({ accessToken })).resolves.toMatchObject({ userId: "alice" });
  });

  it.each<readonly [string, Hook]>([
    ["throws", () => void expect.unreachable("out of order")],
    ["rejects", () => Promise.reject(new Error("out of order"))],
    ["never answers", () => new Promise(() => undefined)],
  ])("that %s leaves the action ended, and is reported", async (_what, onDeniedByUser) => {
    const { harness } = await ready({ onDeniedByUser, limits: { deliveryTimeoutMs: 10 } });
    const { token, key } = await track(harness.engine, "alice");
    await harness.engine.challenges.deny(token);
    expect((await harness.engine.getAction(key, never))?.deniedByUser).toBe(true);
    expect(typesOf(harness)).toContain("challenge.denial_unanswered");
  });

  it("is told after the fact: by then nothing can be approved", async () => {
    const states: unknown[] = [];
    const { harness } = await ready({
      onDeniedByUser: async ({ at: _at, ...key }) => void states.push((await harness.engine.actions.find(key))?.state),
    });
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.deny(token);
    expect(states).toEqual(["CHALLENGE_FAILED"]);
  });

  it("whose sessions cannot be ended is reported, and the action stays ended", async () => {
    const store = createMemoryStore();
    store.endSessions = () => Promise.reject(new Error("out of reach"));
    const { harness } = await ready({ store, onDeniedByUser: () => ({ endSessions: true }) });
    const { token, key } = await track(harness.engine, "alice");
    await harness.engine.challenges.deny(token);
    expect((await harness.engine.getAction(key, never))?.deniedByUser).toBe(true);
    expect(typesOf(harness)).toContain("challenge.denial_unanswered");
  });
});

describe("T55: a code that its reader did not ask for", () => {
  async function mailed(): Promise<{
    harness: Harness;
    link: string;
    token: string;
    key: Parameters<Harness["engine"]["actions"]["find"]>[0];
  }> {
    const harness = createHarness();
    await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email });
    const { token, key } = await track(harness.engine, "alice", "withdraw-funds", {
      custom: { payee: "mallory2" },
      ipAddress: "203.0.113.7",
    });
    await harness.engine.challenges.send(token, MAIL);
    return { harness, link: linkOf(harness), token, key };
  }

  function linkOf({ mails }: Harness): string {
    const url = new URL(mails.at(-1)?.denyUrl ?? "");
    expect(url.origin + url.pathname).toBe("https://bank.example/authsignal/deny");
    return url.searchParams.get("link") ?? "";
  }

  it("comes with a link that ends the action, and shows what was asked for", async () => {
    const { harness, link, token, key } = await mailed();
    const { engine, clock } = harness;
    await expect(engine.denials.describe(link)).resolves.toEqual({
      action: "withdraw-funds",
      custom: { payee: "mallory2" },
      askedAt: clock.now(),
      ipAddress: "203.0.113.7",
      userAgent: undefined,
    });
    expect((await engine.getAction(key, never))?.state).toBe("CHALLENGE_REQUIRED");
    await engine.denials.deny(link);
    await engine.denials.deny(link);
    expect((await engine.getAction(key, never))?.deniedByUser).toBe(true);
    const late = engine.challenges.verify(token, MAIL, lastCode(harness));
    await expect(late).rejects.toMatchObject({ reason: "challenge_not_open" });
  });

  it("has a link that is no token for anything else, and ends after a day", async () => {
    const { harness, link, token, key } = await mailed();
    const { engine, clock } = harness;
    const code = lastCode(harness);
    await expect(engine.challenges.verify(link, MAIL, code)).rejects.toMatchObject({ reason: "token_invalid" });
    await expect(engine.challenges.authenticators(link)).rejects.toMatchObject({ reason: "token_invalid" });
    const { userId, action } = key;
    await expect(engine.validateChallenge({ token: link, userId, action }, never)).resolves.toEqual({
      isValid: false,
      error: "invalid_token",
    });
    await expect(engine.denials.deny(token)).rejects.toMatchObject({ reason: "token_invalid" });
    clock.advance((24 * 60 + 2) * minute);
    await expect(engine.denials.deny(link)).rejects.toMatchObject({ reason: "token_expired" });
  });

  it("cannot be denied once it has approved the action", async () => {
    const { harness, link, token } = await mailed();
    await harness.engine.challenges.verify(token, MAIL, lastCode(harness));
    await expect(harness.engine.denials.deny(link)).rejects.toMatchObject({ reason: "challenge_not_open" });
  });

  it("has the link for a first enrolment that would approve, too, and none in settings", async () => {
    const harness = createHarness();
    const { engine } = harness;
    const open = await track(engine, "bob", "withdraw-funds", { email: "bob@mail.example" });
    await engine.challenges.send(open.token, MAIL);
    await engine.denials.deny(linkOf(harness));
    expect((await engine.getAction(open.key, never))?.deniedByUser).toBe(true);
    const settings = await track(engine, "carol", "sign-in", { scope: "add:authenticators" });
    await engine.challenges.enroll(settings.token, MAIL, { email: "carol@mail.example" });
    expect(harness.mails.at(-1)).toMatchObject({ to: "carol@mail.example", purpose: "enrollment" });
    expect(harness.mails.at(-1)?.denyUrl).toBeUndefined();
  });
});
