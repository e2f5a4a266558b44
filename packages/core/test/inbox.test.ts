import { createManualClock } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import {
  type ApprovalNotice,
  type ApprovalRequest,
  createInbox,
  createMemoryInbox,
  createMemoryInboxStore,
  type InboxEvent,
  type InboxOptions,
} from "../src/agents.ts";

const PAGE = "https://bank.example/approvals";
const SECRET = "a secret of at least thirty-two bytes";
let keys = 0;

function createBox(options: Partial<InboxOptions> = {}) {
  const clock = createManualClock();
  const store = createMemoryInboxStore();
  const events: InboxEvent[] = [];
  const on = (event: InboxEvent) => events.push(event);
  const inbox = createInbox({ pageUrl: `${PAGE}/`, store, secrets: [SECRET], clock, on, ...options });
  const requestOf = (changes: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
    user: "alice",
    action: "withdraw-funds",
    canonical: "{}",
    keyOnly: true,
    idempotencyKey: `key-${++keys}`,
    challenge: { token: "the challenge token", url: "https://auth.example/challenge?token=t" },
    expiresAt: new Date(clock.now() + 600_000).toISOString(),
    ...changes,
  });
  return { clock, store, events, inbox, requestOf };
}

describe("an inbox", () => {
  it("T72: collapses 50 requests in a minute to the limit, which are listed, and notifies of three", async () => {
    const notices: ApprovalNotice[] = [];
    const { clock, events, inbox, requestOf } = createBox({ notify: (notice) => notices.push(notice) });
    let kept = 0;
    for (let index = 0; index < 50; index++) {
      clock.advance(1_000);
      if ((await inbox.keep(requestOf({ bound: { index } }))) !== undefined) kept += 1;
    }
    expect(kept).toBe(10);
    expect(await inbox.open("alice")).toHaveLength(10);
    expect(notices).toHaveLength(3);
    expect(Object.keys(notices[0]!)).not.toContain("matchingNumber");
    expect(JSON.stringify(notices)).not.toContain("token");
    expect(events.filter(({ type }) => type === "notice_withheld")).toHaveLength(7);
    expect(events.filter(({ type }) => type === "request_refused")).toHaveLength(40);
    clock.advance(600_000);
    await inbox.keep(requestOf());
    await inbox.keep(requestOf({ user: "bob" }));
    expect(notices.slice(3).map(({ user, url }) => [user, url.startsWith(`${PAGE}/`)])).toEqual([
      ["alice", true],
      ["bob", true],
    ]);
  });

  it("a notice that fails is an event, and changes nothing else", async () => {
    const cause = new Error("no push service");
    const { events, inbox, requestOf } = createBox({ notify: () => Promise.reject(cause) });
    expect(await inbox.keep(requestOf())).toMatchObject({ state: "open" });
    await expect
      .poll(() => events)
      .toEqual([{ type: "notice_failed", user: "alice", action: "withdraw-funds", cause }]);
  });

  it("T55: whoever asks for the same in the user's session has a request of their own", async () => {
    const { inbox, requestOf } = createBox();
    const request = requestOf();
    await inbox.keep(request);
    const thiefs = requestOf();
    await inbox.keep(thiefs);
    expect(await inbox.open("alice")).toHaveLength(2);
    const { idempotencyKey, ...query } = request;
    expect(await inbox.find(query)).toBeUndefined();
    expect(await inbox.find({ ...query, keyOnly: false })).toBeUndefined();
    expect(await inbox.find({ ...query, idempotencyKey, keyOnly: false })).toBeUndefined();
    expect(await inbox.find({ ...query, idempotencyKey, session: "other" })).toBeUndefined();
    expect(await inbox.find({ ...query, idempotencyKey })).toMatchObject({ idempotencyKey });
  });

  it("asks whoever polls too soon to wait for longer", async () => {
    const { clock, inbox, requestOf } = createBox();
    const { idempotencyKey: key } = requestOf();
    await inbox.keep(requestOf({ idempotencyKey: key }));
    expect(await inbox.poll(key)).toEqual({ intervalSeconds: 5, isTooSoon: false });
    clock.advance(1_000);
    expect(await inbox.poll(key)).toEqual({ intervalSeconds: 10, isTooSoon: true });
    clock.advance(10_000);
    expect(await inbox.poll(key)).toEqual({ intervalSeconds: 10, isTooSoon: false });
    for (let index = 0; index < 20; index++) await inbox.poll(key);
    expect(await inbox.poll(key)).toEqual({ intervalSeconds: 60, isTooSoon: true });
    expect(await inbox.poll("unknown")).toEqual({ intervalSeconds: 5, isTooSoon: false });
  });

  it.each([[undefined], [null], [7], [["x"]], [{}], [""]])(
    "takes %j as a cookie or a parameter for none",
    async (odd: any) => {
      const { inbox, requestOf } = createBox();
      const { page } = (await inbox.keep(requestOf()))!;
      const id = page!.url.split("/").at(-1)!;
      const { ticket } = (await inbox.match("alice", id, page!.matchingNumber))!;
      expect(await inbox.complete("alice", odd, "a result token")).toBeUndefined();
      expect(await inbox.complete("alice", ticket, odd)).toBeUndefined();
      expect(await inbox.open(odd)).toEqual([]);
      expect(await inbox.match("alice", odd, page!.matchingNumber)).toBeUndefined();
      expect(await inbox.decline(odd, id)).toBeUndefined();
      expect(await inbox.complete("alice", ticket, "a result token")).toMatchObject({ id });
    },
  );

  it("T33: keeps no token in plain text, and decrypts with any of its secrets", async () => {
    const { clock, inbox, store, requestOf } = createBox();
    const request = requestOf();
    const { page } = (await inbox.keep(request))!;
    const id = page!.url.split("/").at(-1)!;
    const rotated = createInbox({ pageUrl: PAGE, store, secrets: [`${SECRET} too`, SECRET], clock });
    const { token, ticket } = (await rotated.match("alice", id, page!.matchingNumber))!;
    expect(token).toBe("the challenge token");
    expect(await rotated.complete("alice", ticket, "the result token")).toMatchObject({ id });
    const kept = JSON.stringify(await store.find(request.idempotencyKey, clock.now()));
    expect(kept).not.toMatch(/the challenge token|the result token/);
    expect(kept).not.toContain(ticket);
    const foreign = createInbox({ pageUrl: PAGE, store, secrets: [`${SECRET} of another`], clock });
    expect(await foreign.find(request)).toMatchObject({ token: undefined });
    expect(await rotated.find(request)).toMatchObject({ token: "the result token" });
  });

  it("wakes whoever waits, when this process or another has decided", async () => {
    const { clock, inbox, store, requestOf } = createBox();
    const another = createInbox({ pageUrl: PAGE, store, secrets: [SECRET], clock });
    for (const decider of [inbox, another]) {
      const { idempotencyKey: key } = requestOf();
      await inbox.keep(requestOf({ idempotencyKey: key }));
      const waits = inbox.whenAnswered!(key, AbortSignal.timeout(60_000));
      await decider.refuse(key);
      await waits;
    }
    const { idempotencyKey: key } = requestOf();
    await inbox.keep(requestOf({ idempotencyKey: key }));
    await inbox.whenAnswered!(key, AbortSignal.abort());
    await inbox.whenAnswered!("unknown", AbortSignal.timeout(60_000));
  });

  it("T55: says what the user declined, and what ended with another number", async () => {
    const { events, inbox, requestOf } = createBox();
    const open = async () => (await inbox.keep(requestOf()))!.page!;
    const first = await open();
    const second = await open();
    const idOf = (page: { readonly url: string }) => page.url.split("/").at(-1)!;
    expect(await inbox.decline("mallory", idOf(first))).toBeUndefined();
    expect(await inbox.decline("alice", idOf(first))).toMatchObject({ token: "the challenge token" });
    expect(await inbox.match("alice", idOf(second), second.matchingNumber === "10" ? "11" : "10")).toBeUndefined();
    expect(await inbox.match("alice", idOf(second), second.matchingNumber)).toBeUndefined();
    const common = { user: "alice", action: "withdraw-funds" };
    expect(events).toEqual([
      { type: "request_declined", ...common, id: idOf(first) },
      { type: "wrong_number", ...common, id: idOf(second) },
    ]);
  });

  it("names the option that is wrong", () => {
    const store = createMemoryInboxStore();
    expect(() => createInbox({ pageUrl: PAGE, store, secrets: ["short"] })).toThrow(
      /createInbox: secrets\[0\]|secrets/,
    );
    expect(() => createInbox({ pageUrl: `${PAGE}?token=t`, store, secrets: [SECRET] })).toThrow(/pageUrl/);
    expect(() => createInbox({ pageUrl: PAGE, store: {} as never, secrets: [SECRET] })).toThrow(/store/);
    expect(() => createMemoryInbox({ pageUrl: PAGE, noticesPerUser: 0 })).toThrow(
      /createMemoryInbox: noticesPerUser|noticesPerUser/,
    );
  });
});
