import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expectWarning } from "@require-action-test/support/warnings";
import { createMemoryLedger } from "@require-action/core";
import { createManualClock } from "@require-action/testing";
import { afterEach, describe, expect, it } from "vitest";
import { read } from "../workspace.ts";
import { type Bank, frameworks, openBank, statuses } from "./withdrawals.ts";

const nested = (depth: number): string => `{"amount":"1",${'"a":{'.repeat(depth)}${"}".repeat(depth)}}`;
const listed = (depth: number): string => `{"amount":"1","a":${"[".repeat(depth)}${"]".repeat(depth)}}`;

describe.each(frameworks)("$name", ({ harness }) => {
  let bank: Bank;
  afterEach(() => bank.close());

  it.each([
    ["a token of 4,097 bytes", { headers: { "action-token": "x".repeat(4_097) } }],
    ["a header of 17 KiB", { headers: { "x-large": "x".repeat(17 * 1024) } }],
    ["a body of 2 MiB", { body: JSON.stringify({ amount: "1", note: "x".repeat(2 * 1024 * 1024) }) }],
    ["objects 5,000 deep", { body: nested(5_000) }],
    ["objects 20,000 deep", { body: nested(20_000) }],
    ["lists 5,000 deep", { body: listed(5_000) }],
    ["a bound text of 100 KiB", { body: JSON.stringify({ amount: "1".repeat(100 * 1024) }), bindsAll: false }],
    ["what is no JSON", { body: '{"amount":' }],
  ] as const)("F24: %s is refused with a 4xx, and nothing runs", async (_what, request) => {
    const { bindsAll = true, ...sent } = request as {
      bindsAll?: boolean;
      body?: string;
      headers?: Record<string, string>;
    };
    bank = await openBank(harness, { bindsAll });
    const { status } = await bank.send({
      path: "/bank/withdrawals",
      ...sent,
      headers: { "content-type": "application/json", ...sent.headers },
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(bank.runs).toEqual([]);
  });

  it("F24: a thousand keys, sixteen deep, are bound as they are", async () => {
    bank = await openBank(harness, { bindsAll: true });
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key-${index}`, index]));
    let body: object = { ...wide, amount: "1" };
    for (let depth = 0; depth < 15; depth++) body = { amount: "1", body };
    expect((await bank.send({ path: "/bank/withdrawals", body })).status).toBe(200);
    expect(bank.runs).toEqual(["1"]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("the log is full");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the log is away"))],
    ["never ends", () => new Promise(() => {})],
  ])("F27: a listener that %s changes no decision, and no later one", async (_how, on) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    bank = await openBank(harness, { guard: { on } });
    const token = await bank.approve("10.00");
    const answers = [await bank.withdraw("10.00", token), await bank.withdraw("10.00", token)];
    bank.scripted.answerNext("BLOCK");
    answers.push(await bank.withdraw("11.00"), await bank.withdraw("12.00"));
    expect([statuses(answers), bank.runs]).toEqual([{ 200: 2, 409: 1, 403: 1 }, ["10.00", "12.00"]]);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("F25: 100 clients that send half of their request keep nobody waiting, and ask the provider nothing", async () => {
    bank = await openBank(harness, { bindsAll: true });
    const { port } = bank.server.address() as AddressInfo;
    const slow = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        const head = "POST /bank/withdrawals HTTP/1.1\r\nhost: bank\r\nx-test-user: mallory\r\n";
        const body = 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"amount":';
        socket.write(index % 2 ? head : head + body);
        return socket;
      }),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => bank.withdraw("10.00")));
    expect([statuses(answers), bank.runs.length, bank.scripted.calls.length]).toEqual([{ 200: 20 }, 20, 20]);
    for (const socket of slow) socket.destroy();
  });

  it("F25: servers are left with Node's own limits for slow clients, which the documents tell", () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout } = createServer();
    expect([headersTimeout, requestTimeout, keepAliveTimeout]).toEqual([60_000, 300_000, 5_000]);
    expect(read("docs/security.md")).toMatch(/headers after 60 s and on a whole request after 300 s/);
  });

  it("F13: a clock that jumps back an hour in between approves nothing early, and forgets no use", async () => {
    expectWarning("RA_CLOCK_JUMPED");
    const clock = createManualClock();
    bank = await openBank(harness, { guard: { clock, ledger: createMemoryLedger({ clock }) } });
    const hour = 3_600_000;
    const token = await bank.approve("10.00");
    clock.setBack(hour);
    const early = await bank.withdraw("10.00", token);
    clock.advance(hour);
    const right = await bank.withdraw("10.00", token);
    clock.setBack(hour);
    const back = await bank.withdraw("10.00", token);
    clock.advance(hour);
    const again = await bank.withdraw("10.00", token);
    expect([early.status, right.status, back.status, again.status]).toEqual([403, 200, 403, 409]);
    expect(bank.runs).toEqual(["10.00"]);
  });
});
