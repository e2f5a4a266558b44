import { describe, expect, it } from "vitest";
import {
  type AgentActionOptions,
  type AgentCall,
  type AgentResult,
  createAgentAction,
  createMemoryInbox,
  type Inbox,
} from "../src/agents.ts";
import { createHarness, type Harness, WITHDRAWAL } from "./harness.ts";

const PAGE = "https://bank.example/approvals";

function createTool(
  harness: Harness = createHarness({ redirectOrigins: ["https://bank.example"] }),
  options: AgentActionOptions = {},
) {
  const { clock, guard } = harness;
  const inbox = createMemoryInbox({ pageUrl: PAGE, returnUrl: `${PAGE}/return`, clock });
  const action = createAgentAction(guard, "withdraw-funds", { inbox, waitMs: 0, ...options });
  const ran: unknown[] = [];
  const call = (given: Partial<AgentCall> = {}): Promise<AgentResult<string>> =>
    action.call({ user: "alice", bound: { ...WITHDRAWAL }, ...given }, ({ bound }) => {
      ran.push({ ...(bound as object) });
      return "sent";
    });
  return { ...harness, inbox, action, ran, call };
}

/** The agent's answer, or a failed test. */
function answerOf<Value>(result: AgentResult<Value>) {
  if (result.status === "done") throw new Error("it has been done");
  return result;
}

/** The person enters the number, completes the challenge, and their browser brings the result. */
async function approve(
  { inbox, provider }: { inbox: Inbox } & Pick<Harness, "provider">,
  number: string,
  user = "alice",
) {
  const [open] = await inbox.open(user);
  const matched = (await inbox.match(user, open!.id, number))!;
  const token = provider.completeChallenge(matched.token!, { verificationMethod: "PASSKEY" });
  return await inbox.complete(user, matched.ticket, token);
}

describe("an agent's action", () => {
  it("T4, T5, T55: runs once, with what its user approved elsewhere after matching the number", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { answer, state } = answerOf(await tool.call());
    expect(answer).toMatchObject({ status: "approval_required", code: "challenge_required" });
    expect(answer.approvalUrl).toMatch(/^https:\/\/bank\.example\/approvals\/[\w-]{22}$/);
    expect(answerOf(await tool.call()).answer).toMatchObject({
      code: "challenge_incomplete",
      approvalUrl: answer.approvalUrl,
    });
    expect(await tool.inbox.open("alice")).toEqual([
      expect.objectContaining({ action: "withdraw-funds", bound: expect.objectContaining(WITHDRAWAL) }),
    ]);
    expect(await tool.inbox.open("mallory")).toEqual([]);
    expect(await approve(tool, answer.matchingNumber!)).toBeDefined();
    const changed = { bound: { ...WITHDRAWAL, amount: "99.00" } };
    expect(answerOf(await tool.call({ ...changed, state })).answer).toMatchObject({
      code: "action_parameters_changed",
    });
    expect(answerOf(await tool.call({ user: "mallory", state })).answer).toMatchObject({
      code: "action_token_invalid",
    });
    const results = await Promise.all(Array.from({ length: 20 }, () => tool.call({ state })));
    expect(results.filter(({ status }) => status === "done")).toEqual([{ status: "done", value: "sent" }]);
    expect(tool.ran).toEqual([WITHDRAWAL]);
    expect(answerOf(await tool.call({ state })).answer).toMatchObject({ code: "action_token_used" });
    // The same again is another request.
    expect(answerOf(await tool.call()).answer).toMatchObject({ code: "challenge_required" });
    expect(tool.ran).toHaveLength(1);
  });

  it("T5: runs once for twenty calls at once that carry no state", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const first = await Promise.all(Array.from({ length: 20 }, () => tool.call()));
    const urls = new Set(first.map((result) => answerOf(result).answer.approvalUrl));
    expect([...urls]).toHaveLength(1);
    await approve(tool, answerOf(first[0]!).answer.matchingNumber!);
    const results = await Promise.all(Array.from({ length: 20 }, () => tool.call()));
    expect(results.filter(({ status }) => status === "done")).toHaveLength(1);
    expect(tool.ran).toHaveLength(1);
  });

  it("T55: the sealed key approves nothing, and a result token is no state", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { state } = answerOf(await tool.call());
    const result = tool.provider.completeChallenge(state!, { verificationMethod: "PASSKEY" });
    expect(answerOf(await tool.call({ state: result })).answer).toMatchObject({ code: "action_token_invalid" });
    expect(answerOf(await tool.call({ state: 7 })).answer).toMatchObject({ code: "action_token_invalid" });
    expect(answerOf(await tool.call({ state })).answer).toMatchObject({ code: "action_token_invalid" });
    expect(tool.ran).toEqual([]);
  });

  it("T55: only the browser that entered the number brings the result", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { answer } = answerOf(await tool.call());
    const [open] = await tool.inbox.open("alice");
    expect(await tool.inbox.match("mallory", open!.id, answer.matchingNumber!)).toBeUndefined();
    const { token, ticket } = (await tool.inbox.match("alice", open!.id, answer.matchingNumber!))!;
    const result = tool.provider.completeChallenge(token!, { verificationMethod: "PASSKEY" });
    expect(await tool.inbox.complete("alice", "another browser", result)).toBeUndefined();
    expect(await tool.inbox.complete("mallory", ticket, result)).toBeUndefined();
    expect(await tool.inbox.complete("alice", ticket, "x".repeat(4_097))).toBeUndefined();
    expect(answerOf(await tool.call()).answer.status).not.toBe("done");
    expect(tool.ran).toEqual([]);
  });

  it("T55: another number ends the request, and so does a no, on either screen", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const endings = [
      async (number: string) =>
        await tool.inbox.match("alice", (await tool.inbox.open("alice"))[0]!.id, number === "10" ? "11" : "10"),
      async () => await tool.inbox.decline("alice", (await tool.inbox.open("alice"))[0]!.id),
      (_: string, state: string) => tool.action.decline({ user: "alice", bound: { payee: "2" }, state }),
    ];
    for (const [index, end] of endings.entries()) {
      const bound = { payee: String(index) };
      const { answer, state } = answerOf(await tool.call({ bound }));
      await end(answer.matchingNumber!, state!);
      expect(answerOf(await tool.call({ bound })).answer).toMatchObject({ status: "declined" });
      expect(answerOf(await tool.call({ bound, state })).answer).toMatchObject({ status: "declined" });
    }
    expect(await tool.inbox.open("alice")).toEqual([]);
    expect(await tool.inbox.decline("alice", "unknown")).toBeUndefined();
  });

  it("ends with a denial on the challenge page", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { state } = answerOf(await tool.call());
    tool.provider.denyChallenge(state!);
    expect(answerOf(await tool.call()).answer).toMatchObject({ status: "declined", code: "action_denied_by_user" });
    expect(answerOf(await tool.call()).answer).toMatchObject({ status: "declined" });
  });

  it("waits for the person, as long as it says and no longer than the client", async () => {
    const tool = createTool(undefined, { waitMs: 600_000 });
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { answer } = answerOf(await tool.call());
    const waiting = tool.call();
    const gone = new AbortController();
    const left = tool.call({ signal: gone.signal });
    gone.abort();
    expect(answerOf(await left).answer).toMatchObject({ status: "approval_required", code: "challenge_incomplete" });
    await approve(tool, answer.matchingNumber!);
    expect(await waiting).toEqual({ status: "done", value: "sent" });
  });

  it("resumes what a reviewer approves, without a page", async () => {
    const tool = createTool();
    tool.provider.answer("REVIEW_REQUIRED");
    const { answer, state } = answerOf(await tool.call());
    expect(answer).toMatchObject({ status: "review_required", retryAfterSeconds: expect.any(Number) });
    expect(answer.approvalUrl).toBeUndefined();
    expect(answerOf(await tool.call()).state).toBe(state);
    tool.provider.review(state!, "approve");
    expect(await tool.call()).toEqual({ status: "done", value: "sent" });
    expect(tool.provider.calls.filter(({ verb }) => verb === "track")).toHaveLength(1);
    tool.provider.answerNext("REVIEW_REQUIRED");
    const rejected = answerOf(await tool.call());
    tool.provider.review(rejected.state!, "reject");
    expect(answerOf(await tool.call()).answer).toMatchObject({ code: "review_rejected" });
  });

  it("S3: takes a passkey only, and enrolls nobody", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { answer } = answerOf(await tool.call());
    const [open] = await tool.inbox.open("alice");
    const { token, ticket } = (await tool.inbox.match("alice", open!.id, answer.matchingNumber!))!;
    await tool.inbox.complete(
      "alice",
      ticket,
      tool.provider.completeChallenge(token!, { verificationMethod: "EMAIL_OTP" }),
    );
    expect(answerOf(await tool.call()).answer).toMatchObject({ code: "verification_method_insufficient" });
    tool.provider.answer({ state: "CHALLENGE_REQUIRED", isEnrolled: true, enrolledVerificationMethods: ["EMAIL_OTP"] });
    expect(answerOf(await tool.call()).answer).toMatchObject({ code: "enrollment_required" });
    tool.provider.answer({ state: "ALLOW", isEnrolled: false });
    const unenrolled = answerOf(await tool.call());
    expect(unenrolled.answer).toMatchObject({ status: "refused", code: "enrollment_required" });
    const direct = await tool.guard
      .action("withdraw-funds", { agent: true })
      .run({ user: "alice", bound: { ...WITHDRAWAL } }, () => "sent");
    expect(Object.keys(direct).toSorted()).toEqual(["action", "kind", "message"]);
    expect(tool.ran).toEqual([]);
    expect(() => createAgentAction(tool.guard, "withdraw-funds", { onNotEnrolled: "allow" })).toThrow(/onNotEnrolled/);
    const open2 = createTool(createHarness({ onNotEnrolled: "allow", redirectOrigins: ["https://bank.example"] }));
    open2.provider.answer({ state: "ALLOW", isEnrolled: false });
    expect(answerOf(await open2.call()).answer).toMatchObject({ code: "enrollment_required" });
  });

  it("T33: answers hold nothing that approves", async () => {
    const tool = createTool();
    const told: unknown[] = [];
    const secrets: string[] = [];
    for (const script of ["CHALLENGE_REQUIRED", "REVIEW_REQUIRED", "BLOCK"] as const) {
      tool.provider.answerNext(script);
      const result = answerOf(await tool.call({ bound: { script } }));
      told.push(result.answer);
      if (result.state !== undefined) secrets.push(result.state);
      if (result.state !== undefined) {
        const { state } = result;
        told.push(answerOf(await tool.call({ bound: { script }, state })).answer);
        told.push(answerOf(await tool.call({ bound: { script: "changed" }, state })).answer);
      }
    }
    tool.provider.answerNext({ state: "ALLOW", isEnrolled: false });
    told.push(answerOf(await tool.call({ bound: { x: "y" } })).answer);
    const text = JSON.stringify(told);
    expect(secrets).toHaveLength(2);
    for (const secret of [...secrets, "token-", "challenge.example", "enroll.example"])
      expect(text).not.toContain(secret);
  });

  it.each(["find", "keep"] as const)(
    "answers that it cannot be decided where its inbox cannot %s, and says no more",
    async (verb) => {
      const tool = createTool();
      tool.provider.answer("CHALLENGE_REQUIRED");
      tool.inbox[verb] = async () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.5:5432"));
      const { answer } = answerOf(await tool.call());
      expect(answer).toMatchObject({ status: "refused", code: "decision_unavailable", retryAfterSeconds: 5 });
      expect(JSON.stringify(answer)).not.toContain("10.0.0.5");
      expect(tool.ran).toEqual([]);
      expect(tool.events).toContainEqual(expect.objectContaining({ type: "failure", source: "inbox" }));
    },
  );

  it("hands over the result of what has run, though its inbox cannot note that", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { answer } = answerOf(await tool.call());
    await approve(tool, answer.matchingNumber!);
    const { settle } = tool.inbox;
    tool.inbox.settle = async () => Promise.reject(new Error("the store is down"));
    expect(await tool.call()).toEqual({ status: "done", value: "sent" });
    tool.inbox.settle = settle;
    expect(answerOf(await tool.call()).answer).toMatchObject({ code: "action_token_used" });
    expect(answerOf(await tool.call()).answer).toMatchObject({ code: "challenge_required" });
    expect(tool.ran).toHaveLength(1);
  });

  it("says that a no was not noted, so that it is said again", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    const { state } = answerOf(await tool.call());
    const call = { user: "alice", bound: { ...WITHDRAWAL }, state };
    const { refuse } = tool.inbox;
    tool.inbox.refuse = async () => Promise.reject(new Error("the store is down"));
    expect(await tool.action.decline(call)).toMatchObject({ status: "refused", code: "decision_unavailable" });
    tool.inbox.refuse = refuse;
    expect(await tool.action.decline(call)).toMatchObject({ status: "declined" });
  });

  it("finds the request of a session whose id is a number", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    answerOf(await tool.call({ session: 7 as never }));
    expect(answerOf(await tool.call({ session: "7" })).answer).toMatchObject({ code: "challenge_incomplete" });
  });

  it("refuses without a user, without an inbox, and what cannot be bound", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    for (const user of [undefined, null, ""]) {
      expect(answerOf(await tool.call({ user })).answer).toMatchObject({ code: "authentication_required" });
    }
    expect(answerOf(await tool.call({ bound: { amount: undefined } as never })).answer).toMatchObject({
      code: "bound_field_missing",
      field: "amount",
    });
    expect(answerOf(await tool.call({ bound: { to: { iban: "x" } } as never })).answer).toMatchObject({
      code: "bound_field_invalid",
      field: "to",
    });
    const { inbox: _, ...alone } = { inbox: undefined, waitMs: 0 };
    const lonely = createAgentAction(tool.guard, "withdraw-funds", alone);
    const result = await lonely.call({ user: "alice", bound: { ...WITHDRAWAL } }, () => "sent");
    expect(answerOf(result)).toEqual({
      status: "answered",
      answer: expect.objectContaining({ status: "refused", code: "challenge_required" }),
    });
  });
});

describe("an inbox in memory", () => {
  it("wears nobody down, forgets what has expired, and keeps users and sessions apart", async () => {
    const tool = createTool();
    tool.provider.answer("CHALLENGE_REQUIRED");
    for (let index = 0; index < 10; index++) {
      await tool.call({ bound: { index } });
      await tool.inbox.decline("alice", (await tool.inbox.open("alice"))[0]!.id);
    }
    const eleventh = answerOf(await tool.call({ bound: { index: 11 } }));
    expect(eleventh.answer).toMatchObject({ status: "refused", message: expect.stringContaining("too many") });
    expect(eleventh.state).toBeUndefined();
    expect(answerOf(await tool.call({ user: "bob" })).answer.status).toBe("approval_required");
    tool.clock.advance(600_000);
    expect(answerOf(await tool.call({ bound: { index: 11 } })).answer.status).toBe("approval_required");
    expect(answerOf(await tool.call({ bound: { index: 11 }, session: "s1" })).answer).toMatchObject({
      code: "challenge_required",
    });
    expect(await tool.inbox.open("alice")).toHaveLength(2);
  });
});
