import { createMemoryStore } from "@require-action/engine";
import type { ReviewerRole } from "@require-action/engine/reviewers";
import { describe, expect, it } from "vitest";
import { createHarness, minute, never, secret, track } from "./harness.ts";
import { askForPasskey, createPasskeyHarness, enrollPasskey, type PasskeyHarness } from "./passkey-harness.ts";
import type { SoftwarePasskey } from "@require-action-test/support/software-authenticator";

const by = { actor: "operator", reason: "a test" };
const browser = "the browser's own secret";

/** The reviewers' side, with passkeys. */
function reviewersOf({ engine }: Pick<PasskeyHarness, "engine">) {
  const { passkeys } = engine.reviewers;
  if (passkeys === undefined) throw new Error("There is no relying party.");
  return { ...engine.reviewers, passkeys };
}

async function invite(harness: PasskeyHarness, reviewerId: string, role: ReviewerRole = "decide"): Promise<string> {
  return (await harness.engine.reviewers.invite(reviewerId, { role, userIds: [] }, by)).token;
}

/** Has a reviewer accept an invitation. */
async function accept(harness: PasskeyHarness, token: string, from = browser): Promise<SoftwarePasskey> {
  const { passkeys } = reviewersOf(harness);
  const { challengeId, options } = await passkeys.open(token, from);
  const { response, passkey } = harness.authenticator.create(options as never);
  await passkeys.accept(token, from, challengeId, response);
  return passkey;
}

async function signIn(harness: PasskeyHarness, passkey: SoftwarePasskey, from = browser) {
  const { passkeys } = reviewersOf(harness);
  const { challengeId, options } = passkeys.begin(from);
  return passkeys.complete(from, challengeId, passkey.get(options));
}

describe("T64: an invitation", () => {
  it("gives a reviewer a passkey, by which the reviewer signs in", async () => {
    const harness = createPasskeyHarness();
    const passkey = await accept(harness, await invite(harness, "bob"));
    expect(await signIn(harness, passkey)).toEqual({ reviewerId: "bob", credentialId: passkey.id });
    expect(await harness.engine.reviewers.find("bob")).toMatchObject({
      role: "decide",
      userIds: [],
      passkeys: [{ credentialId: passkey.id, lastUsedAt: harness.clock.now() }],
    });
    expect(await harness.engine.users.find("bob")).toBeUndefined();
  });

  it("is good once, and void when another is made", async () => {
    const harness = createPasskeyHarness();
    const first = await invite(harness, "bob");
    const second = await invite(harness, "bob");
    await expect(accept(harness, first)).rejects.toMatchObject({ reason: "token_invalid" });
    await accept(harness, second);
    await expect(accept(harness, second)).rejects.toMatchObject({ reason: "token_invalid" });
    expect((await harness.engine.reviewers.find("bob"))?.passkeys).toHaveLength(1);
  });

  it("is the browser's that opened it first, and the trail says so of the other", async () => {
    const harness = createPasskeyHarness();
    const { passkeys } = reviewersOf(harness);
    const token = await invite(harness, "bob");
    const { challengeId, options } = await passkeys.open(token, browser);
    await expect(passkeys.open(token, "another")).rejects.toMatchObject({ reason: "token_invalid" });
    const { response } = harness.authenticator.create(options as never);
    await expect(passkeys.accept(token, "another", challengeId, response)).rejects.toMatchObject({
      reason: "token_invalid",
    });
    expect(harness.events.filter(({ reason }) => reason === "opened_elsewhere")).toHaveLength(2);
    expect(await passkeys.accept(token, browser, challengeId, response)).toMatchObject({ reviewerId: "bob" });
  });

  it("is accepted by one of those who do so at once", async () => {
    const harness = createPasskeyHarness();
    const { passkeys } = reviewersOf(harness);
    const token = await invite(harness, "bob");
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const { challengeId, options } = await passkeys.open(token, browser);
        return [challengeId, harness.authenticator.create(options as never).response] as const;
      }),
    );
    const accepted = await Promise.allSettled(answers.map((answer) => passkeys.accept(token, browser, ...answer)));
    expect(accepted.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await harness.engine.reviewers.find("bob"))?.passkeys).toHaveLength(1);
  });

  it("ends after a day", async () => {
    const harness = createPasskeyHarness();
    const token = await invite(harness, "bob");
    harness.clock.advance(24 * 60 * minute);
    await expect(accept(harness, token)).rejects.toMatchObject({ reason: "token_invalid" });
  });

  it.each(["", ".", "x", "x.y", `${"A".repeat(43)}.${"A".repeat(43)}`, "a.b.c", "\u0000"])(
    "is none: %j",
    async (token) => {
      const harness = createPasskeyHarness();
      await invite(harness, "bob");
      await expect(reviewersOf(harness).passkeys.open(token, browser)).rejects.toMatchObject({
        reason: "token_invalid",
      });
    },
  );

  it("adds nobody without a role, and without saying which users they are", async () => {
    const { engine } = createPasskeyHarness();
    for (const changes of [{}, { role: "decide" as const }, { userIds: [] }]) {
      await expect(engine.reviewers.invite("bob", changes, by)).rejects.toMatchObject({ reason: "request_invalid" });
    }
    for (const changes of [{ role: "root" }, { userIds: "alice" }, { userIds: [""] }]) {
      const wrong = { role: "decide", userIds: [], ...changes } as never;
      await expect(engine.reviewers.invite("bob", wrong, by)).rejects.toMatchObject({ reason: "request_invalid" });
    }
    await expect(
      engine.reviewers.invite("bob", { role: "decide", userIds: [] }, { actor: "olga", reason: " " }),
    ).rejects.toMatchObject({ field: "reason" });
    expect(await engine.reviewers.list()).toEqual([]);
  });
});

describe("T64: signing in with a passkey", () => {
  it("is refused for an answer that was given before, in another browser, to another challenge, or too late", async () => {
    const harness = createPasskeyHarness();
    const { passkeys } = reviewersOf(harness);
    const passkey = await accept(harness, await invite(harness, "bob"));
    const { challengeId, options } = passkeys.begin(browser);
    const answer = passkey.get(options);
    expect(await passkeys.complete("another", challengeId, answer)).toBeUndefined();
    expect(await passkeys.complete(browser, passkeys.begin(browser).challengeId, answer)).toBeUndefined();
    expect(await passkeys.complete(browser, challengeId, answer)).toMatchObject({ reviewerId: "bob" });
    expect(await passkeys.complete(browser, challengeId, answer)).toBeUndefined();
    const late = passkeys.begin(browser);
    harness.clock.advance(10 * minute);
    expect(await passkeys.complete(browser, late.challengeId, passkey.get(late.options))).toBeUndefined();
  });

  it.each([
    ["of another site", { origin: "https://evil.example" }],
    ["without its owner", { flags: 0x01 }],
    ["that was altered", { tamper: "signature" }],
    ["without a name", { userHandle: null }],
    ["in a frame of another site", { crossOrigin: true }],
  ] as const)("is refused for an answer %s", async (_name, ceremony) => {
    const harness = createPasskeyHarness();
    const { passkeys } = reviewersOf(harness);
    const passkey = await accept(harness, await invite(harness, "bob"));
    const { challengeId, options } = passkeys.begin(browser);
    expect(await passkeys.complete(browser, challengeId, passkey.get(options, ceremony))).toBeUndefined();
  });

  it("is refused for a copy of a passkey that has counted less, and that is in the trail", async () => {
    const harness = createPasskeyHarness();
    const { passkeys } = reviewersOf(harness);
    const passkey = await accept(harness, await invite(harness, "bob"));
    await signIn(harness, passkey);
    const { challengeId, options } = passkeys.begin(browser);
    expect(await passkeys.complete(browser, challengeId, passkey.get(options, { signCount: 1 }))).toBeUndefined();
    const { items } = await harness.engine.audit.query();
    expect(items[0]).toMatchObject({ type: "reviewer.refused", reviewer: "bob", reason: "counter_regressed" });
  });

  it("is refused where the engine has no relying party", () => {
    const { engine } = createHarness();
    expect(engine.reviewers.passkeys).toBeUndefined();
  });

  it("is at the console's own domain, where that has one", async () => {
    const console = { rpId: "console.example", origins: ["https://console.example"] };
    const { engine } = createPasskeyHarness({ reviewerPasskeys: console });
    expect(reviewersOf({ engine }).passkeys.begin(browser).options.rpId).toBe("console.example");
    expect(() =>
      createPasskeyHarness({ reviewerPasskeys: { rpId: "console.example", origins: ["https://bank.example"] } }),
    ).toThrow(expect.objectContaining({ option: "reviewerPasskeys.origins[0]" }));
  });
});

describe("T64: the names of users and reviewers do not meet", () => {
  it("a user's passkey signs no reviewer in, nor a reviewer's passkey a user", async () => {
    const harness = createPasskeyHarness();
    const { passkeys } = reviewersOf(harness);
    const reviewers = await accept(harness, await invite(harness, "bob"));
    const users = await enrollPasskey(harness, "bob");
    expect(await signIn(harness, users)).toBeUndefined();
    // As the other says it is called, too.
    const { challengeId, options } = passkeys.begin(browser);
    const handle = (reviewers.get(options)["response"] as { readonly userHandle: string }).userHandle;
    expect(await passkeys.complete(browser, challengeId, users.get(options, { userHandle: handle }))).toBeUndefined();
    const posing = users.get(options, { userHandle: handle, id: reviewers.id });
    expect(await passkeys.complete(browser, challengeId, posing)).toBeUndefined();

    const begun = harness.engine.passkeySignIn.begin("sign-in");
    await expect(
      harness.engine.passkeySignIn.complete(begun.challengeId, reviewers.get(begun.options as never)),
    ).rejects.toMatchObject({ reason: "credential_unknown" });
    const asked = await askForPasskey(harness, "bob");
    const verified = harness.engine.challenges.verify(asked.token, "PASSKEY", reviewers.get(asked.options));
    expect(await verified.catch(() => ({ isVerified: false }))).toMatchObject({ isVerified: false });
  });

  it("a challenge of the one is none of the other", async () => {
    const harness = createPasskeyHarness();
    const { passkeys } = reviewersOf(harness);
    const passkey = await accept(harness, await invite(harness, "bob"));
    const users = harness.engine.passkeySignIn.begin("sign-in");
    expect(await passkeys.complete(browser, users.challengeId, passkey.get(users.options as never))).toBeUndefined();
    const ours = passkeys.begin(browser);
    await expect(
      harness.engine.passkeySignIn.complete(ours.challengeId, passkey.get(ours.options)),
    ).rejects.toMatchObject({ reason: "request_invalid" });
  });

  it("deleting the user of a reviewer's id leaves the reviewer, passkey and session", async () => {
    const harness = createPasskeyHarness();
    const passkey = await accept(harness, await invite(harness, "bob"));
    const { sessions } = harness.engine.reviewers;
    const session = await sessions.start({ reviewerId: "bob", credentialId: passkey.id });
    await harness.engine.users.delete("bob");
    await harness.engine.sessions.revokeUser({ userId: "bob" });
    expect(await sessions.find(session)).toMatchObject({ session: { reviewerId: "bob" } });
    expect(await signIn(harness, passkey)).toMatchObject({ reviewerId: "bob" });
  });

  it("who is the maker is said by the reviewer's users, and no id is compared with them", async () => {
    const { engine } = createPasskeyHarness();
    const [one, other] = [await track(engine, "bob", "close-account"), await track(engine, "alice", "close-account")];
    const decision = { reviewer: "bob", userIds: ["alice"] };
    await expect(engine.reviews.approve(one.key, decision)).resolves.toMatchObject({ state: "REVIEW_SUCCEEDED" });
    await expect(engine.reviews.approve(other.key, decision)).rejects.toMatchObject({ reason: "self_review" });
    await expect(engine.reviews.approve(other.key, { reviewer: "alice" })).rejects.toMatchObject({
      reason: "self_review",
    });
    for (const userIds of ["alice", [7], {}, [""]]) {
      const wrong = { reviewer: "bob", userIds } as never;
      await expect(engine.reviews.approve(other.key, wrong)).rejects.toMatchObject({ reason: "request_invalid" });
    }
    await expect(engine.getAction(other.key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
  });
});

describe("T64: a reviewer", () => {
  it("is changed and removed by others, never by themselves", async () => {
    const harness = createPasskeyHarness();
    const { reviewers } = harness.engine;
    await accept(harness, await invite(harness, "bob"));
    const self = { actor: "bob", reason: "I may" };
    const refused = { reason: "self_review" };
    await expect(reviewers.update("bob", { role: "administer" }, self)).rejects.toMatchObject(refused);
    await expect(reviewers.update("bob", { userIds: [] }, self)).rejects.toMatchObject(refused);
    await expect(reviewers.invite("bob", { role: "administer" }, self)).rejects.toMatchObject(refused);
    await expect(reviewers.remove("bob", self)).rejects.toMatchObject(refused);
    expect(await reviewers.update("bob", { userIds: ["b-1", "b-1"] }, by)).toMatchObject({ userIds: ["b-1"] });
    const { items } = await harness.engine.audit.query();
    expect(items[0]).toMatchObject({ type: "reviewer.changed", actor: "operator", reviewer: "bob", reason: "a test" });
    await expect(reviewers.update("eve", { role: "look" }, by)).rejects.toMatchObject({ reason: "not_found" });
  });

  it.each(["", "a\u0000b", "a\nb", "x".repeat(257), 7])("is none of the name %j", async (name) => {
    const { reviewers } = createPasskeyHarness().engine;
    const reviewerId = name as string;
    const refused = { reason: "request_invalid" };
    await expect(reviewers.invite(reviewerId, { role: "look", userIds: [] }, by)).rejects.toMatchObject(refused);
    await expect(reviewers.update(reviewerId, { role: "look" }, by)).rejects.toMatchObject(refused);
    await expect(reviewers.remove(reviewerId, by)).rejects.toMatchObject(refused);
    await expect(reviewers.removePasskey(reviewerId, "x", by)).rejects.toMatchObject(refused);
    await expect(reviewers.find(reviewerId)).rejects.toMatchObject(refused);
  });

  it("who is removed, or whose passkey is, has no session and signs in no more", async () => {
    const harness = createPasskeyHarness();
    const { reviewers } = harness.engine;
    const passkey = await accept(harness, await invite(harness, "bob"));
    const session = await reviewers.sessions.start({ reviewerId: "bob", credentialId: passkey.id });
    await reviewers.removePasskey("bob", passkey.id, by);
    expect(await reviewers.sessions.find(session)).toBeUndefined();
    expect(await reviewers.sessions.list()).toEqual([]);
    expect(await signIn(harness, passkey)).toBeUndefined();

    const another = await accept(harness, await invite(harness, "bob"));
    const second = await reviewers.sessions.start({ reviewerId: "bob", credentialId: another.id });
    await reviewers.remove("bob", by);
    expect(await reviewers.sessions.find(second)).toBeUndefined();
    expect(await signIn(harness, another)).toBeUndefined();
    await expect(reviewers.remove("bob", by)).rejects.toMatchObject({ reason: "not_found" });
    // Added again under the same name, the passkeys of before are nobody's.
    await accept(harness, await invite(harness, "bob"));
    expect(await signIn(harness, another)).toBeUndefined();
    expect(await reviewers.sessions.find(second)).toBeUndefined();
  });

  it("is none whom somebody wrote into the database, or whose rights somebody changed there", async () => {
    const store = createMemoryStore();
    const harness = createPasskeyHarness({ store });
    const passkey = await accept(harness, await invite(harness, "bob"));
    const kept = (await store.findReviewer({ reviewerId: "bob" }))!;
    const { reviewers } = harness.engine;
    const session = await reviewers.sessions.start({ reviewerId: "bob", credentialId: passkey.id });
    const event = { type: "reviewer.changed", at: 0 } as const;
    const forged = { ...kept, reviewerId: "eve", userHandle: "other", version: 1 };
    expect(await store.putReviewer(forged, event)).toBe(true);
    expect(await reviewers.find("eve")).toBeUndefined();
    for (const change of [{ role: "administer" as const }, { userIds: ["x"] }, { passkeys: [] }]) {
      const { version = 0 } = (await store.findReviewer({ reviewerId: "bob" })) ?? {};
      expect(await store.putReviewer({ ...kept, ...change, version: version + 1 }, event)).toBe(true);
      expect(await reviewers.find("bob")).toBeUndefined();
      expect(await reviewers.sessions.find(session)).toBeUndefined();
      expect(await signIn(harness, passkey)).toBeUndefined();
    }
    // Whoever has the engine's secret invites anew, and what was written there counts for nothing.
    await accept(harness, await invite(harness, "bob", "look"));
    expect(await reviewers.find("bob")).toMatchObject({ role: "look", userIds: [], passkeys: [{}] });
    expect(await signIn(harness, passkey)).toBeUndefined();
  });

  it("is sealed anew at each sign-in, so that secrets rotate", async () => {
    const store = createMemoryStore();
    const [fresh, old] = ["a new engine secret for tests, 32 bytes", secret];
    const before = createPasskeyHarness({ store, secrets: [old] });
    const passkey = await accept(before, await invite(before, "bob"));
    const both = createPasskeyHarness({ store, secrets: [fresh, old] });
    expect(await signIn(both, passkey)).toMatchObject({ reviewerId: "bob" });
    const after = createPasskeyHarness({ store, secrets: [fresh] });
    expect(await signIn(after, passkey)).toMatchObject({ reviewerId: "bob" });
    expect(await signIn(before, passkey)).toBeUndefined();
  });
});

describe("T64: a reviewer's session", () => {
  const start = async (harness: PasskeyHarness, passwordHash = "hash"): Promise<string> =>
    harness.engine.reviewers.sessions.start({ reviewerId: "bob", passwordHash, address: "192.0.2.1" });
  const passwordHashOf = (): string => "hash";

  it("ends after four hours, and after half an hour without use; a page that asks by itself does not use it", async () => {
    const harness = createPasskeyHarness();
    const { sessions } = harness.engine.reviewers;
    const isLive = async (session: string, isUse = true): Promise<boolean> =>
      (await sessions.find(session, { passwordHashOf, isUse })) !== undefined;
    const used = await start(harness);
    for (let minutes = 20; minutes < 240; minutes += 20) {
      harness.clock.advance(20 * minute);
      expect(await isLive(used)).toBe(true);
    }
    harness.clock.advance(20 * minute);
    expect(await isLive(used)).toBe(false);

    const idle = await start(harness);
    for (let minutes = 10; minutes < 30; minutes += 10) {
      harness.clock.advance(10 * minute);
      expect(await isLive(idle, false)).toBe(true);
    }
    harness.clock.advance(10 * minute);
    expect(await isLive(idle)).toBe(false);
    expect(await sessions.list()).toEqual([]);
  });

  it("is listed with where it is from, and ended by whoever may", async () => {
    const harness = createPasskeyHarness();
    const { sessions } = harness.engine.reviewers;
    const session = await start(harness);
    await sessions.start({ reviewerId: "carol", passwordHash: "hash" });
    const listed = await sessions.list("bob");
    expect(listed).toHaveLength(1);
    const sessionId = listed[0]!.sessionId;
    expect(await sessions.list()).toMatchObject([{ reviewerId: "bob", address: "192.0.2.1" }, { reviewerId: "carol" }]);
    expect(await sessions.end(sessionId, { actor: "olga", reason: "left a laptop" })).toBe(true);
    expect(await sessions.end(sessionId, { actor: "olga" })).toBe(false);
    expect(await sessions.find(session, { passwordHashOf })).toBeUndefined();
    const { items } = await harness.engine.audit.query();
    expect(items[0]).toMatchObject({ type: "reviewer.signed_out", actor: "olga", reviewer: "bob" });
  });

  it("ends none that is a user's, and is none of theirs", async () => {
    const store = createMemoryStore();
    const harness = createPasskeyHarness({ store });
    const { sessions } = harness.engine.reviewers;
    const record = {
      sessionId: "users",
      userId: "alice",
      actionId: "a",
      clientId: "web",
      verificationMethod: "PASSKEY",
      generation: 1,
      createdAt: harness.clock.now(),
      expiresAt: harness.clock.now() + minute,
    };
    await store.putSession(record, { type: "session.created", at: 0 });
    expect(await sessions.end("users", { actor: "olga" })).toBe(false);
    expect(await sessions.find("users")).toBeUndefined();
    const secret = await start(harness);
    const { sessionId } = (await sessions.list())[0]!;
    expect(await harness.engine.rememberedDevices.revoke("alice", sessionId)).toBe(false);
    await expect(harness.engine.sessions.validate({ accessToken: secret })).rejects.toMatchObject({
      reason: "token_invalid",
    });
  });
});

describe("T64: passwords", () => {
  it("a stranger's wrong ones lock out neither the reviewer elsewhere nor a browser that is known", async () => {
    const harness = createPasskeyHarness();
    const { passwords } = harness.engine.reviewers;
    const known = "bob's browser";
    await passwords.signedIn("bob", { address: "192.0.2.1", browser: known });
    const proxy = { address: "192.0.2.1" };
    for (let tries = 0; tries < 10; tries++) expect(await passwords.count("bob", proxy)).toBe(true);
    expect(await passwords.count("bob", proxy)).toBe(false);
    expect(await passwords.count("bob", { address: "198.51.100.7" })).toBe(true);
    expect(await passwords.count("bob", { ...proxy, browser: known })).toBe(true);
    expect(await passwords.count("carol", proxy)).toBe(true);
    // The browser of another reviewer is a stranger's.
    await passwords.signedIn("eve", { ...proxy, browser: "eve's browser" });
    expect(await passwords.count("bob", { ...proxy, browser: "eve's browser" })).toBe(false);
    harness.clock.advance(5 * minute);
    expect(await passwords.count("bob", proxy)).toBe(true);
  });

  it("strangers of all sources together have a hundred a day, and a known browser goes on", async () => {
    const harness = createPasskeyHarness();
    const { passwords } = harness.engine.reviewers;
    const known = "bob's browser";
    await passwords.signedIn("bob", { browser: known });
    let allowed = 0;
    for (let tries = 0; tries < 300; tries++) {
      if (await passwords.count("bob", { address: `192.0.2.${tries}` })) allowed++;
    }
    expect(allowed).toBe(100);
    expect(harness.events.filter(({ type }) => type === "reviewer.locked")).toHaveLength(1);
    for (let tries = 0; tries < 10; tries++) expect(await passwords.count("bob", { browser: known })).toBe(true);
    expect(await passwords.count("bob", { browser: known })).toBe(false);
    await passwords.signedIn("bob", { browser: known });
    expect(await passwords.count("bob", { browser: known })).toBe(true);
  });
});
