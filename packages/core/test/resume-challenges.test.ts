import { describe, expect, it } from "vitest";
import { type ApprovalInbox, createMemoryInbox, type Inbox } from "../src/agents.ts";
import { createHarness, WITHDRAWAL } from "./harness.ts";

const PAGE = "https://bank.example/approvals";

function createBank(change: (inbox: Inbox) => ApprovalInbox = (inbox) => inbox) {
  let clock: { now(): number } = { now: () => 0 };
  const inbox = createMemoryInbox({ pageUrl: PAGE, clock: { now: () => clock.now() } });
  const harness = createHarness({ inbox: change(inbox), resumeChallenges: "matched" });
  ({ clock } = harness);
  harness.provider.answer("CHALLENGE_REQUIRED");
  const withdraw = harness.route({ bind: ({ body }) => body as Record<string, string> });
  const ask = async (token?: string, more: object = {}): Promise<any> => {
    const verdict = await withdraw({ ...(token !== undefined && { token }), ...more });
    if (verdict.kind === "proceed") return { ran: verdict.approved.ground };
    return { status: verdict.status, headers: verdict.headers, ...JSON.parse(verdict.body) };
  };
  /** The person enters the number in a browser of theirs, completes the challenge, and that browser brings the result. */
  const approve = async (number: string): Promise<string | undefined> => {
    const [open] = await inbox.open("alice");
    const matched = open && (await inbox.match("alice", open.id, number));
    if (matched === undefined) return undefined;
    const result = harness.provider.completeChallenge(matched.token!, { verificationMethod: "PASSKEY" });
    await inbox.complete("alice", matched.ticket, result);
    return result;
  };
  return { ...harness, inbox, ask, approve };
}

describe('resumeChallenges: "matched"', () => {
  it("T4, T5, T55: the waiting side's key runs once, when its user has matched the number at another screen", async () => {
    const bank = createBank();
    const first = await bank.ask();
    expect(first).toMatchObject({ status: 403, code: "challenge_required", approval: { interval: 5 } });
    const { approval, idempotencyKey: key } = first;
    expect(approval.url).toMatch(/^https:\/\/bank\.example\/approvals\/[\w-]{22}$/);
    expect(approval.matchingNumber).toMatch(/^\d\d$/);
    expect(await bank.inbox.open("alice")).toMatchObject([
      { bound: WITHDRAWAL, askedFrom: { ipAddress: "203.0.113.7" } },
    ]);
    const waiting = await bank.ask(key);
    expect(waiting).toMatchObject({ status: 403, code: "challenge_incomplete", approval });
    expect(waiting.headers["retry-after"]).toBe("5");
    await bank.approve(approval.matchingNumber);
    const changed = { native: { user: "alice", body: { ...WITHDRAWAL, amount: "9000.00" } } };
    expect(await bank.ask(key, changed)).toMatchObject({ code: "action_parameters_changed" });
    expect(await bank.ask(key)).toEqual({ ran: "challenge" });
    expect(await bank.ask(key)).toMatchObject({ status: 409, code: "action_token_used" });
  });

  it("T55: a thief in the user's own session gets nothing, whatever the user approves", async () => {
    const bank = createBank();
    const thief = await bank.ask();
    const user = await bank.ask();
    expect(user.idempotencyKey).not.toBe(thief.idempotencyKey);
    expect(user.approval.url).not.toBe(thief.approval.url);
    // The thief knows the number of the own request, matches it in a browser of theirs, and has the user complete the challenge.
    const id = thief.approval.url.split("/").at(-1);
    const matched = (await bank.inbox.match("alice", id, thief.approval.matchingNumber))!;
    bank.provider.completeChallenge(matched.token!, { verificationMethod: "PASSKEY" });
    expect(await bank.ask(thief.idempotencyKey)).toMatchObject({ code: "action_token_invalid" });
    await bank.approve(user.approval.matchingNumber);
    bank.clock.advance(5_000);
    expect(await bank.ask(thief.idempotencyKey)).toMatchObject({ code: "action_token_invalid" });
    expect(await bank.ask(user.idempotencyKey)).toEqual({ ran: "challenge" });
  });

  it("T55: without a matched number the key resumes nothing, and the browser's own result runs", async () => {
    const bank = createBank();
    const { idempotencyKey: key, token } = await bank.ask();
    const result = bank.provider.completeChallenge(token, { verificationMethod: "PASSKEY" });
    expect(await bank.ask(key)).toMatchObject({ code: "action_token_invalid" });
    expect(await bank.ask(result)).toEqual({ ran: "challenge" });
  });

  it("T55: a wrong number ends the request, and so does a no", async () => {
    const bank = createBank();
    for (const end of [
      (number: string) => bank.approve(number === "10" ? "11" : "10"),
      async () => bank.inbox.decline("alice", (await bank.inbox.open("alice"))[0]!.id),
    ]) {
      const { idempotencyKey: key, approval } = await bank.ask();
      await end(approval.matchingNumber);
      expect(await bank.ask(key)).toMatchObject({ status: 403, code: "action_denied_by_user" });
      expect(await bank.approve(approval.matchingNumber)).toBeUndefined();
    }
  });

  it("T1: the key of another user finds nothing", async () => {
    const bank = createBank();
    const { idempotencyKey: key, approval } = await bank.ask();
    await bank.approve(approval.matchingNumber);
    const mallory = { native: { user: "mallory", body: WITHDRAWAL } };
    expect(await bank.ask(key, mallory)).toMatchObject({ code: "action_token_invalid" });
  });

  it("answers who asks too soon without asking the provider, and asks them to wait for longer", async () => {
    const bank = createBank();
    const { idempotencyKey: key } = await bank.ask();
    await bank.ask(key);
    const calls = bank.provider.calls.length;
    const hasty = await bank.ask(key);
    expect(hasty).toMatchObject({ code: "challenge_incomplete", approval: { interval: 10 } });
    expect(hasty.headers["retry-after"]).toBe("10");
    expect(bank.provider.calls).toHaveLength(calls);
    bank.clock.advance(10_000);
    await bank.ask(key);
    expect(bank.provider.calls).toHaveLength(calls + 1);
  });

  it("T72: a user who has too many is asked at the same screen alone", async () => {
    const bank = createBank();
    const replies = [];
    for (let index = 0; index < 50; index++) replies.push(await bank.ask());
    expect(replies.filter(({ approval }) => approval !== undefined)).toHaveLength(10);
    expect(replies.at(-1)).toMatchObject({ code: "challenge_required", token: expect.any(String) });
    expect(await bank.inbox.open("alice")).toHaveLength(10);
  });

  it("F1: an inbox that is down, or never answers, is 503 and an event, and nothing runs", async () => {
    for (const failing of [() => Promise.reject(new Error("no database")), () => new Promise<never>(() => {})]) {
      let isDown = false;
      const bank = createBank((inbox) => ({ ...inbox, find: (query) => (isDown ? failing() : inbox.find(query)) }));
      const { idempotencyKey: key, approval } = await bank.ask();
      await bank.approve(approval.matchingNumber);
      isDown = true;
      expect(await bank.ask(key)).toMatchObject({ status: 503, code: "decision_unavailable" });
      expect(bank.events).toContainEqual(expect.objectContaining({ type: "failure", source: "inbox" }));
      isDown = false;
      expect(await bank.ask(key)).toEqual({ ran: "challenge" });
    }
  });

  it("T55: reviews resume by their keys as they did, and routes may leave it", async () => {
    const bank = createBank();
    bank.provider.answerNext("REVIEW_REQUIRED");
    const { idempotencyKey: key } = await bank.ask();
    bank.provider.review(key, "approve");
    expect(await bank.ask(key)).toEqual({ ran: "review" });
    const never = bank.route({ resumeChallenges: "never" });
    const verdict = await never();
    expect(verdict.kind === "reply" && JSON.parse(verdict.body)).not.toHaveProperty("approval");
    expect(() => createHarness({ resumeChallenges: "matched" }).route()).toThrow(/inbox/);
  });
});
