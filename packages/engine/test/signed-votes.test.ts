import { beforeEach, describe, expect, it } from "vitest";
import { never, track } from "./harness.ts";
import { createPasskeyHarness, type PasskeyHarness } from "./passkey-harness.ts";
import { receiptKey } from "./receipt-key.ts";
import type { SoftwarePasskey } from "@require-action-test/support/software-authenticator";

const by = { actor: "operator", reason: "a test" };
const bound = { amount: "100.00" };
const directory = new Map<string, readonly string[]>();

beforeEach(() => {
  directory.clear();
  for (const reviewer of ["rita", "ron", "rosa"]) directory.set(reviewer, ["finance"]);
});

function harnessWith(options: Parameters<typeof createPasskeyHarness>[0] = {}): PasskeyHarness {
  const review = { approvers: 2, of: ["finance"] };
  return createPasskeyHarness({
    policy: {
      actions: { lend: { defaultOutcome: "REVIEW", review }, close: { defaultOutcome: "REVIEW" } },
      dataPoints: [{ name: "amount", type: "decimal", optional: true }],
    },
    reviewerGroups: (reviewer) => directory.get(reviewer),
    receipts: { keys: [receiptKey()] },
    ...options,
  });
}

async function invite(
  { engine, authenticator }: PasskeyHarness,
  reviewer: string,
  ceremony?: { readonly id: string },
): Promise<SoftwarePasskey> {
  const { token } = await engine.reviewers.invite(reviewer, { role: "decide", userIds: [] }, by);
  const passkeys = engine.reviewers.passkeys!;
  const { challengeId, options } = await passkeys.open(token, browserOf(reviewer));
  const { response, passkey } = authenticator.create(options as never, ceremony);
  await passkeys.accept(token, browserOf(reviewer), challengeId, response);
  return passkey;
}

const browserOf = (reviewer: string): string => `the browser of ${reviewer}, with a secret`;

async function ask({ engine }: PasskeyHarness, action = "lend") {
  const { key } = await track(engine, "alice", action, { custom: bound });
  return key;
}

type Key = Awaited<ReturnType<typeof ask>>;

/** What a reviewer's browser answers when it is asked to sign. */
async function signed({ engine }: PasskeyHarness, key: Key, reviewer: string, passkey: SoftwarePasskey) {
  const begun = await engine.reviews.beginVote(key, reviewer, browserOf(reviewer));
  const response = passkey.get(begun!.options as never);
  return { browser: browserOf(reviewer), challengeId: begun!.challengeId, response };
}

async function approve(harness: PasskeyHarness, key: Key, reviewer: string, passkey: SoftwarePasskey) {
  const answer = await signed(harness, key, reviewer, passkey);
  return harness.engine.reviews.approve(key, { reviewer, userIds: [], passkey: answer });
}

async function entriesOf({ engine }: PasskeyHarness): Promise<readonly Record<string, any>[]> {
  await engine.receipts!.chain();
  const entries: Record<string, any>[] = [];
  for await (const line of engine.receipts!.lines()) entries.push((JSON.parse(line) as { entry: object }).entry);
  return entries;
}

describe("T69: votes that are signed", () => {
  it("are in the receipt one by one, each with the passkey of its reviewer", async () => {
    const harness = harnessWith();
    const [rita, ron] = [await invite(harness, "rita"), await invite(harness, "ron")];
    const key = await ask(harness);
    await expect(approve(harness, key, "rita", rita)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    const decided = await approve(harness, key, "ron", ron);
    expect(decided.state).toBe("REVIEW_SUCCEEDED");
    const entries = await entriesOf(harness);
    const [one, other] = entries.filter(({ type }) => type === "voted");
    for (const [vote, reviewer, passkey] of [
      [one, "rita", rita],
      [other, "ron", ron],
    ] as const) {
      expect(vote).toMatchObject({
        reviewer,
        statement: { reviewer, user: "alice" },
        assertion: { credentialId: passkey.id },
      });
      const clientData = Buffer.from(vote!["assertion"].clientDataJSON, "base64url").toString();
      expect(JSON.parse(clientData)).toMatchObject({ challenge: vote!["digest"] });
      expect(entries).toContainEqual(
        expect.objectContaining({ type: "enrolled", reviewer, id: `enrolled:${passkey.id}` }),
      );
    }
    expect(entries.find(({ type }) => type === "approved")).toMatchObject({
      by: { actor: "ron" },
      votes: { rita: one!["id"], ron: other!["id"] },
    });
    expect(entries.find(({ id }) => id === `decided:${decided.actionId}`)).toMatchObject({ approvers: 2 });
    const found = await harness.engine.receipts!.find(decided);
    expect(found.map(({ type }) => type).toSorted()).toEqual(
      ["approved", "decided", "enrolled", "enrolled", "voted", "voted"].toSorted(),
    );
  });

  it("of somebody who is no reviewer any more do not count, whatever the directory says or where there is none", async () => {
    for (const reviewerGroups of [undefined, () => ["finance"]]) {
      const harness = harnessWith({
        policy: { actions: { lend: { defaultOutcome: "REVIEW", review: { approvers: 2 } } } },
        ...({ reviewerGroups } as object),
      });
      const { engine } = harness;
      const [rita, ron, rosa] = [
        await invite(harness, "rita"),
        await invite(harness, "ron"),
        await invite(harness, "rosa"),
      ];
      const key = await ask(harness);
      await approve(harness, key, "rita", rita);
      await engine.reviewers.remove("rita", by);
      await expect(approve(harness, key, "ron", ron)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
      await expect(approve(harness, key, "rosa", rosa)).resolves.toMatchObject({ state: "REVIEW_SUCCEEDED" });
      const approved = (await entriesOf(harness)).find(({ type }) => type === "approved");
      expect(Object.keys(approved!["votes"]).toSorted()).toEqual(["ron", "rosa"]);
    }
  });

  it("by a passkey that was removed since do not count, and can be cast anew", async () => {
    const harness = harnessWith();
    const { engine } = harness;
    const [rita, ron] = [await invite(harness, "rita"), await invite(harness, "ron")];
    const key = await ask(harness);
    await approve(harness, key, "rita", rita);
    await engine.reviewers.remove("rita", by);
    const another = await invite(harness, "rita");
    await expect(approve(harness, key, "rita", another)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    await expect(approve(harness, key, "rita", another)).rejects.toMatchObject({ reason: "state_conflict" });
    await expect(approve(harness, key, "ron", ron)).resolves.toMatchObject({ state: "REVIEW_SUCCEEDED" });
    const voted = (await entriesOf(harness)).filter(({ type }) => type === "voted");
    const approved = (await entriesOf(harness)).find(({ type }) => type === "approved");
    expect(approved!["votes"]).toEqual({ rita: voted[1]!["id"], ron: voted[2]!["id"] });
  });

  it("are of a passkey with an id of its own: one that was there before is not taken again", async () => {
    const harness = harnessWith();
    const { id } = await invite(harness, "rita");
    await expect(invite(harness, "ron", { id })).rejects.toMatchObject({ reason: "credential_unknown" });
    await harness.engine.reviewers.remove("rita", by);
    await expect(invite(harness, "rita", { id })).rejects.toMatchObject({ reason: "credential_unknown" });
    expect(harness.events.at(-1)).toMatchObject({ type: "reviewer.refused", reason: "credential_known" });
  });

  it("of somebody who was removed since do not count, and are not among those that do", async () => {
    const harness = harnessWith();
    const { engine } = harness;
    const passkeys = new Map<string, SoftwarePasskey>();
    for (const reviewer of ["rita", "ron", "rosa"]) passkeys.set(reviewer, await invite(harness, reviewer));
    const key = await ask(harness);
    await approve(harness, key, "rita", passkeys.get("rita")!);
    directory.delete("rita");
    await engine.reviewers.remove("rita", by);
    await expect(approve(harness, key, "ron", passkeys.get("ron")!)).resolves.toMatchObject({
      state: "REVIEW_REQUIRED",
    });
    const decided = await approve(harness, key, "rosa", passkeys.get("rosa")!);
    expect(decided.state).toBe("REVIEW_SUCCEEDED");
    expect(decided.review?.votes?.map(({ reviewer, isVoid = false }) => [reviewer, isVoid])).toEqual([
      ["rita", true],
      ["ron", false],
      ["rosa", false],
    ]);
    const entries = await entriesOf(harness);
    const approved = entries.find(({ type }) => type === "approved");
    expect(Object.keys(approved!["votes"])).toEqual(["ron", "rosa"]);
    expect(entries).toContainEqual(
      expect.objectContaining({ type: "revoked", of: `enrolled:${passkeys.get("rita")!.id}`, reviewer: "rita" }),
    );
  });

  it("are asked of whoever has a passkey, and of nobody else", async () => {
    const harness = harnessWith();
    const { engine, events } = harness;
    await invite(harness, "rita");
    const key = await ask(harness);
    const unsigned = engine.reviews.approve(key, { reviewer: "rita", userIds: [] });
    await expect(unsigned).rejects.toMatchObject({ reason: "reviewer_not_allowed", status: 403 });
    expect(events.at(-1)).toMatchObject({ type: "review.refused", actor: "rita" });
    await expect(engine.reviews.beginVote(key, "ron", "browser")).resolves.toBeUndefined();
    await engine.reviews.approve(key, { reviewer: "ron", userIds: [] });
    const [voted] = (await entriesOf(harness)).filter(({ type }) => type === "voted");
    expect(voted).toMatchObject({ reviewer: "ron", statement: { reviewer: "ron" } });
    expect(voted).not.toHaveProperty("assertion");
    // One person's word, and a rejection, are theirs as they were.
    const other = await ask(harness, "close");
    await expect(engine.reviews.beginVote(other, "rita", "browser")).resolves.toBeUndefined();
    await engine.reviews.approve(other, { reviewer: "rita", userIds: [] });
    await expect(engine.reviews.reject(key, { reviewer: "rita", userIds: [] })).resolves.toMatchObject({
      state: "REVIEW_FAILED",
    });
  });

  it("are asked of nobody where no receipts are kept", async () => {
    const { receipts: _none, ...options } = { receipts: undefined };
    const review = { approvers: 2 };
    const policy = { actions: { lend: { defaultOutcome: "REVIEW", review } } } as const;
    const harness = createPasskeyHarness({ policy, ...options });
    await invite(harness, "rita");
    const { key } = await track(harness.engine, "alice", "lend");
    await expect(harness.engine.reviews.beginVote(key, "rita", "browser")).resolves.toBeUndefined();
    await harness.engine.reviews.approve(key, { reviewer: "rita", userIds: [] });
    await expect(harness.engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
  });

  it("are refused for another action, by another reviewer, in another browser, once more and too late", async () => {
    const harness = harnessWith();
    const { engine, clock } = harness;
    const [rita, ron] = [await invite(harness, "rita"), await invite(harness, "ron")];
    const [key, other] = [await ask(harness), await ask(harness)];
    const answer = await signed(harness, other, "rita", rita);
    const refused = async (reviewer: string, passkey: unknown): Promise<void> => {
      const decision = { reviewer, userIds: [], passkey: passkey as never };
      await expect(engine.reviews.approve(key, decision)).rejects.toMatchObject({ reason: "reviewer_not_allowed" });
    };
    await refused("rita", answer);
    await refused("ron", await signed(harness, key, "rita", rita));
    await refused("rita", { ...(await signed(harness, key, "rita", rita)), browser: browserOf("ron") });
    const begun = await engine.reviews.beginVote(key, "rita", browserOf("rita"));
    const byRon = {
      browser: browserOf("rita"),
      challengeId: begun!.challengeId,
      response: ron.get(begun!.options as never),
    };
    await refused("rita", byRon);
    const late = await signed(harness, key, "rita", rita);
    clock.advance(11 * 60_000);
    await refused("rita", late);
    for (const passkey of [{}, { browser: "", challengeId: "", response: {} }, { challengeId: 7 }]) {
      await refused("rita", passkey);
    }
    for (const passkey of ["x", "", 0, false, null]) {
      const decision = { reviewer: "rita", userIds: [], passkey: passkey as never };
      await expect(engine.reviews.approve(key, decision)).rejects.toMatchObject({ reason: "request_invalid" });
    }
    const used = await signed(harness, key, "rita", rita);
    await engine.reviews.approve(key, { reviewer: "rita", userIds: [], passkey: used });
    await refused("rita", used);
    expect((await engine.actions.find(key))?.review?.votes).toHaveLength(1);
  });
});
