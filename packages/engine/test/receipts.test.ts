import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type ApprovedAction, createGuard, createMemoryLedger } from "@require-action/core";
import { codeAt } from "@require-action-test/support/codes";
import { createMemoryStore, type Store } from "@require-action/engine";
import { CompactSign, compactVerify, importJWK, type JWK } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { enrollApp, never, track } from "./harness.ts";
import { createPasskeyHarness, enrollPasskey, PASSKEY, type PasskeyHarness } from "./passkey-harness.ts";
import { receiptKey } from "./receipt-key.ts";

const bound = { amount: "100.00", payee: "bob" };

interface Line {
  readonly entry: Readonly<Record<string, any>>;
  readonly position: number;
  readonly previous: string;
  readonly signature?: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");

async function linesOf({ engine }: PasskeyHarness): Promise<readonly Line[]> {
  await engine.receipts?.chain();
  const lines: Line[] = [];
  for await (const line of engine.receipts!.lines()) lines.push(JSON.parse(line) as Line);
  return lines;
}

async function typesOf(harness: PasskeyHarness): Promise<readonly string[]> {
  return (await linesOf(harness)).map(({ entry }) => entry["type"]);
}

function harnessWith(options: Parameters<typeof createPasskeyHarness>[0] = {}): PasskeyHarness {
  return createPasskeyHarness({ receipts: { keys: [receiptKey()] }, ...options });
}

/** Verifies a detached JWS with jose. */
async function isSignedBy(keys: readonly JWK[], { signature = "", entry }: Line, text: string): Promise<boolean> {
  const payload = Buffer.from(text).toString("base64url");
  const kid = JSON.parse(Buffer.from(signature.split(".")[0] ?? "", "base64url").toString()).kid;
  const key = await importJWK(
    keys.find((one) => one.kid === kid)!,
    "EdDSA",
  );
  await compactVerify(signature.replace("..", `.${payload}.`), key);
  return entry !== undefined;
}

function guardOf({ engine, clock }: PasskeyHarness, options: { readonly claim?: "handler" } = {}) {
  return createGuard<object>({
    provider: engine,
    ledger: createMemoryLedger(),
    sealSecrets: ["a guard secret for tests, 32 bytes long"],
    clock,
    user: () => "alice",
    onNotEnrolled: "allow",
    ...options,
  });
}

/** Has a withdrawal approved with a new passkey of Alice's, as a guard has asked for it; answers with the result token. */
async function approvedToken(harness: PasskeyHarness): Promise<string> {
  const passkey = await enrollPasskey(harness, "alice");
  const asked = await guardOf(harness).run("withdraw-funds", { user: "alice", bound }, () => 1);
  if (asked.kind !== "challenge_required") throw new Error(asked.kind);
  const { options } = await harness.engine.challenges.send(asked.token, PASSKEY);
  const answer = passkey.get(options as never);
  return (await harness.engine.challenges.verify(asked.token, PASSKEY, answer)).accessToken ?? "";
}

// The chain is written when the tests say so.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

describe("T70: receipts", () => {
  it("are chained by themselves within a second or two", async () => {
    const harness = harnessWith();
    await track(harness.engine, "alice", "sign-in");
    await vi.advanceTimersByTimeAsync(2_000);
    vi.useRealTimers();
    await expect
      .poll(async () => {
        const lines: string[] = [];
        for await (const line of harness.engine.receipts!.lines()) lines.push(line);
        return lines;
      })
      .toHaveLength(2);
  });

  it("are chained up to those that waited, while others go on coming", async () => {
    const store = createMemoryStore();
    let count = 0;
    const busy: Store = {
      ...store,
      async listWaitingReceipts(limit) {
        const listed = await store.listWaitingReceipts(limit);
        if (++count > 20) throw new Error("chains without end");
        await store.putReceipts([{ entryId: `executed:${count}`, entry: "{}" }]);
        return listed;
      },
    };
    const { engine } = harnessWith({ store: busy });
    await store.putReceipts(Array.from({ length: 2_500 }, (_, n) => ({ entryId: `executed:of ${n}`, entry: "{}" })));
    // In two full batches and one that is not.
    expect(await engine.receipts!.chain()).toBe(2_502);
    expect(await engine.receipts!.chain()).toBe(1);
  });

  it("are chained by themselves though their step takes longer than the chain waits", async () => {
    const store = createMemoryStore();
    const slowly = async <Answer>(step: () => Answer | PromiseLike<Answer>): Promise<Answer> => {
      await new Promise<void>((resolve) => setTimeout(resolve, 5_000));
      return step();
    };
    const { engine } = harnessWith({
      store: {
        ...store,
        record: (...step) => slowly(() => store.record(...step)),
        putReceipts: (receipts) => slowly(() => store.putReceipts(receipts)),
      },
    });
    const chained = async () => (await store.listReceipts({ after: 0, limit: 10 })).length;
    void track(engine, "alice", "sign-in");
    await vi.advanceTimersByTimeAsync(7_000);
    await vi.waitFor(async () => expect(await chained()).toBe(2));
    void engine.recordExecution?.({ receipt: "decided:a" }, never);
    await setImmediate();
    await vi.advanceTimersByTimeAsync(7_000);
    await vi.waitFor(async () => expect(await chained()).toBe(4));
  });

  it("say what was enrolled, decided, approved and revoked, in a chain with a signed head", async () => {
    const harness = harnessWith();
    const { engine } = harness;
    const passkey = await enrollPasskey(harness, "alice");
    const { token, key } = await track(engine, "alice", "withdraw-funds", { custom: bound });
    const { options } = await engine.challenges.send(token, PASSKEY);
    const { accessToken = "" } = await engine.challenges.verify(token, PASSKEY, passkey.get(options as never));
    const answer = await engine.validateChallenge({ token: accessToken, userId: "alice", action: key.action }, never);
    const { approval, actionId } = (await engine.actions.find(key))!;
    expect(answer.receipt).toBe(`approved:${approval!.digest}`);
    await engine.recordExecution?.({ receipt: answer.receipt! }, never);
    await engine.recordExecution?.({ receipt: answer.receipt! }, never);
    const lines = await linesOf(harness);
    expect(lines.map(({ entry }) => entry["type"])).toEqual([
      "decided",
      "enrolled",
      "approved",
      "decided",
      "approved",
      "executed",
      "head",
    ]);
    const [, enrolled, first, decided, approved, executed, head] = lines as Required<Line>[];
    expect(enrolled!.entry).toMatchObject({
      user: "alice",
      method: PASSKEY,
      credentialId: passkey.id,
      publicKey: passkey.publicKey.export({ type: "spki", format: "der" }).toString("base64url"),
    });
    expect(first!.entry).not.toHaveProperty("assertion");
    expect(decided!.entry).toMatchObject({ id: `decided:${actionId}`, outcome: "CHALLENGE", statement: { bound } });
    expect(approved!.entry).toEqual({
      type: "approved",
      id: `approved:${approval!.digest}`,
      at: harness.clock.now(),
      decision: `decided:${actionId}`,
      user: "alice",
      statement: decided!.entry["statement"],
      nonce: approval!.nonce,
      digest: approval!.digest,
      assertion: approval!.assertion,
      by: { method: PASSKEY, authenticator: enrolled!.entry["authenticator"] },
    });
    expect(executed!.entry).toMatchObject({ of: approved!.entry["id"] });
    const texts: string[] = [];
    for await (const line of engine.receipts!.lines()) texts.push(line);
    expect(lines.map(({ previous }) => previous).slice(1)).toEqual(
      texts.slice(0, -1).map((text) => {
        const withheld = text.replace(
          /^\{"entry":(.*),"position":/,
          (_all, entry: string) => `{"entry":"${sha256(entry)}","position":`,
        );
        return sha256(withheld);
      }),
    );
    expect(head!.entry).toMatchObject({ position: 7, batch: 1, iss: "https://bank.example", previous: head!.previous });
    const entryText = (line: Line): string => /^\{"entry":(.*),"position":/.exec(texts[line.position - 1]!)![1]!;
    for (const line of [first!, approved!, head!]) {
      await expect(isSignedBy(engine.receipts!.publicKeys, line, entryText(line))).resolves.toBe(true);
    }
    await expect(isSignedBy(engine.receipts!.publicKeys, head!, `${entryText(head!)} `)).rejects.toThrow();
    await engine.receipts!.chain();
    expect(await typesOf(harness)).toHaveLength(7);
  });

  it("of codes and reviewers name who answered, and prove no more", async () => {
    const harness = harnessWith();
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    const { token } = await track(engine, "alice", "withdraw-funds", { custom: bound });
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
    const { key } = await track(engine, "alice", "close-account");
    await engine.reviews.approve(key, { reviewer: "rita" });
    const approved = (await linesOf(harness)).filter(({ entry }) => entry["type"] === "approved").slice(1);
    expect(approved.map(({ entry }) => entry["by"])).toEqual([
      { method: "AUTHENTICATOR_APP", authenticator: expect.any(String) },
      { actor: "rita" },
    ]);
    for (const { entry, signature } of approved) {
      expect(entry).not.toHaveProperty("assertion");
      expect(signature).toMatch(/^[\w-]+\.\.[\w-]{86}$/);
    }
  });

  it("end what is withdrawn, removed or replaced", async () => {
    const harness = harnessWith();
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    const { token, key } = await track(engine, "alice");
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
    const approval = (await engine.actions.find(key))?.approval;
    const { key: allowed } = await track(engine, "alice", "sign-in");
    await engine.actions.transition(allowed, { state: "BLOCK", actor: "ops" });
    const [app] = await engine.authenticators.list("alice");
    await engine.authenticators.remove("alice", app!.userAuthenticatorId);
    // Whoever asks for what it approved finds it withdrawn.
    await engine.actions.find(key);
    await engine.users.delete("alice");
    const revoked = (await linesOf(harness)).filter(({ entry }) => entry["type"] === "revoked");
    expect(revoked.map(({ entry }) => entry["of"])).toEqual([
      expect.stringMatching(/^decided:/),
      `enrolled:${app!.userAuthenticatorId}`,
      `approved:${approval!.digest}`,
      // What enrolling the app had approved.
      expect.stringMatching(/^approved:/),
      // The recovery codes that came with it.
      expect.stringMatching(/^enrolled:/),
    ]);
  });

  it("are kept beside the news for webhooks", async () => {
    const harness = harnessWith({ outbox: true });
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    const { token } = await track(engine, "alice");
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
    const [app] = await engine.authenticators.list("alice");
    await engine.authenticators.remove("alice", app!.userAuthenticatorId);
    await engine.users.delete("alice");
    const types = await typesOf(harness);
    for (const [type, count] of Object.entries({ enrolled: 2, approved: 2, revoked: 4 })) {
      expect([type, types.filter((one) => one === type).length]).toEqual([type, count]);
    }
  });

  it("of a credential that was there before them begin with its first approval", async () => {
    const store = createMemoryStore();
    const before = createPasskeyHarness({ store });
    const passkey = await enrollPasskey(before, "alice");
    const harness = { ...harnessWith({ store }), authenticator: before.authenticator };
    for (let time = 0; time < 2; time++) {
      const { token } = await track(harness.engine, "alice");
      const { options } = await harness.engine.challenges.send(token, PASSKEY);
      await harness.engine.challenges.verify(token, PASSKEY, passkey.get(options as never));
    }
    expect(await typesOf(harness)).toEqual(["decided", "enrolled", "approved", "decided", "approved", "head"]);
    const [, enrolled] = await linesOf(harness);
    expect(enrolled?.entry).toMatchObject({ isLate: true, credentialId: passkey.id });
  });

  it("of what the policy allows say so; that it ran, where that is asked for", async () => {
    for (const [executions, types] of [
      ["approved", ["decided", "head"]],
      ["all", ["decided", "executed", "head"]],
    ] as const) {
      const harness = harnessWith({ receipts: { keys: [receiptKey()], executions } });
      const result = await guardOf(harness).run("sign-in", { user: "alice", bound: "none" }, ({ receipt }) => receipt);
      expect(result).toMatchObject({ kind: "done", value: expect.stringMatching(/^decided:/) });
      expect(await typesOf(harness)).toEqual(types);
    }
  });

  it("of an approval that a guard lets run has its id, and is there before the handler", async () => {
    const store = createMemoryStore();
    const harness = harnessWith({ store });
    const token = await approvedToken(harness);
    const waiting = async (): Promise<readonly string[]> =>
      (await store.listWaitingReceipts(100)).waiting.map(({ entryId }) => entryId);
    const call = { user: "alice", bound, token };
    const guard = guardOf(harness);
    const result = await guard.run("withdraw-funds", call, async ({ receipt = "" }) => [receipt, await waiting()]);
    if (result.kind !== "done") throw new Error(result.kind);
    const [receipt, before] = result.value as [string, readonly string[]];
    expect(before.slice(-2)).toEqual([receipt, receipt.replace("approved:", "executed:")]);
    await expect(guard.run("withdraw-funds", call, () => 1)).resolves.toMatchObject({ code: "action_token_used" });
  });

  it("rotate: the first key signs, and all of them are published by their public halves alone", async () => {
    const [old, next] = [receiptKey("2025"), receiptKey()];
    const store = createMemoryStore();
    const before = harnessWith({ store, receipts: { keys: [old] } });
    await track(before.engine, "alice", "sign-in");
    await linesOf(before);
    const { d: _private, ...publicOld } = old;
    const after = harnessWith({ store, receipts: { keys: [next, publicOld] } });
    await track(after.engine, "alice", "sign-in");
    const heads = (await linesOf(after)).filter(({ entry }) => entry["type"] === "head");
    const kids = heads.map(
      ({ signature = "" }) => JSON.parse(Buffer.from(signature.split(".")[0]!, "base64url").toString()).kid,
    );
    const { publicKeys } = after.engine.receipts!;
    expect(kids).toEqual(["2025", publicKeys[0]?.kid]);
    expect(publicKeys.map((key) => [key.kid, "d" in key])).toEqual([
      [expect.stringMatching(/^[\w-]{43}$/), false],
      ["2025", false],
    ]);
    for (const key of publicKeys)
      expect(createPublicKey({ key: key as never, format: "jwk" }).asymmetricKeyType).toBe("ed25519");
  });

  it("are written by one of several engines, whoever's entries they are", async () => {
    const store = createMemoryStore();
    const keys = [receiptKey()];
    const engines = [1, 2, 3].map(() => harnessWith({ store, receipts: { keys } }));
    for (const { engine } of engines) await track(engine, "alice", "sign-in");
    const counts = await Promise.all(engines.map(({ engine }) => engine.receipts!.chain()));
    expect(counts.toSorted((one, other) => one - other)).toEqual([0, 0, 3]);
    expect(await typesOf(engines[0]!)).toEqual(["decided", "decided", "decided", "head"]);
  });

  it("are not there without the option, and cost the store nothing", async () => {
    const store = createMemoryStore();
    const harness = createPasskeyHarness({ store });
    await enrollPasskey(harness, "alice");
    expect(harness.engine.receipts).toBeUndefined();
    expect(harness.engine.recordExecution).toBeUndefined();
    expect((await store.listWaitingReceipts(10)).waiting).toEqual([]);
  });
});

describe("T70: where receipts cannot be kept", () => {
  function failing(verb: "record" | "transition" | "putReceipts"): Store {
    const store = createMemoryStore();
    return { ...store, [verb]: () => Promise.reject(new Error("down")) };
  }

  it.each(["record", "transition"] as const)("nothing is decided or approved: %s", async (verb) => {
    const harness = harnessWith({ store: failing(verb) });
    await expect(enrollPasskey(harness, "alice")).rejects.toThrow("down");
  });

  it("an entry is written in the step of the decision, so that there is none without the other", async () => {
    const store = createMemoryStore({ limits: { receipts: 1 } });
    const harness = harnessWith({ store });
    await track(harness.engine, "alice", "sign-in");
    const request = track(harness.engine, "alice", "sign-in");
    await expect(request).rejects.toThrow("receipts");
    expect((await harness.engine.actions.query()).items).toHaveLength(1);
  });

  it.each([undefined, "handler"] as const)("an approval does not run, and stays good: claim %s", async (claim) => {
    const store = createMemoryStore();
    let isDown = true;
    const flaky: Store = {
      ...store,
      putReceipts: (receipts) => (isDown ? Promise.reject(new Error("down")) : store.putReceipts(receipts)),
    };
    const harness = harnessWith({ store: flaky });
    vi.useRealTimers();
    const call = { user: "alice", bound, token: await approvedToken(harness) };
    const guard = guardOf(harness, claim && { claim });
    let runs = 0;
    const ledger = createMemoryLedger();
    const work = async ({ claim: use }: ApprovedAction): Promise<number> => {
      if (claim === "handler") await use(ledger);
      return ++runs;
    };
    const refused = await guard.run("withdraw-funds", call, work as never);
    expect(refused).toMatchObject({ kind: "refused", code: "decision_unavailable", status: 503 });
    isDown = false;
    await expect(guard.run("withdraw-funds", call, work as never)).resolves.toMatchObject({ kind: "done", value: 1 });
  });

  it("executions that come at once share one step, and fail with it", async () => {
    const store = createMemoryStore();
    const steps: string[][] = [];
    let isDown = false;
    const counted: Store = {
      ...store,
      async putReceipts(receipts) {
        steps.push(receipts.map(({ entryId }) => entryId));
        if (isDown) throw new Error("down");
        await store.putReceipts(receipts);
      },
    };
    const { engine } = harnessWith({ store: counted });
    const record = async (receipt: string): Promise<void> => engine.recordExecution?.({ receipt }, never);
    await Promise.all(["approved:a", "approved:b", "approved:c"].map(record));
    await record("approved:d");
    expect(steps).toEqual([["executed:a", "executed:b", "executed:c"], ["executed:d"]]);
    isDown = true;
    const failed = await Promise.allSettled(["approved:e", "approved:f"].map(record));
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isDown = false;
    await record("approved:e");
    const kept = (await store.listWaitingReceipts(10)).waiting.map(({ entryId }) => entryId);
    expect(kept).toEqual(["executed:a", "executed:b", "executed:c", "executed:d", "executed:e"]);
  });

  it("what waits is chained later", async () => {
    const store = createMemoryStore();
    let isDown = true;
    const flaky: Store = {
      ...store,
      chainReceipts: async (chained) => {
        if (isDown) throw new Error("down");
        return store.chainReceipts(chained);
      },
    };
    const harness = harnessWith({ store: flaky });
    await track(harness.engine, "alice", "sign-in");
    await expect(harness.engine.receipts!.chain()).rejects.toThrow("down");
    isDown = false;
    expect(await typesOf(harness)).toEqual(["decided", "head"]);
  });
});

describe("the option receipts.keys", () => {
  const { d: _private, ...publicKey } = receiptKey();
  it.each<[string, unknown]>([
    ["no key", []],
    ["a public key first", [publicKey]],
    ["another curve", [generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" })]],
    ["halves that do not belong together", [{ ...receiptKey(), x: publicKey.x }]],
    ["one key twice", ((key) => [key, key])(receiptKey())],
    ["text", ["key"]],
  ])("is not %s", (_name, keys) => {
    expect(() => createPasskeyHarness({ receipts: { keys: keys as JWK[] } })).toThrow(/receipts\.keys/);
  });

  it("signs as jose does", async () => {
    const key = receiptKey();
    const harness = harnessWith({ receipts: { keys: [key] } });
    await track(harness.engine, "alice", "sign-in");
    const lines: string[] = [];
    await harness.engine.receipts!.chain();
    for await (const line of harness.engine.receipts!.lines()) lines.push(line);
    const [, entry = "", signature = ""] = /^\{"entry":(.*),"position":.*"signature":"(.*)"\}$/.exec(lines[1]!) ?? [];
    const header = { alg: "EdDSA", kid: harness.engine.receipts!.publicKeys[0]!.kid! };
    const jws = await new CompactSign(Buffer.from(entry))
      .setProtectedHeader(header)
      .sign(await importJWK(key, "EdDSA"));
    expect(signature).toBe(jws.replace(/\.[^.]*\./, ".."));
  });
});
