import { afterEach, describe, expect, it } from "vitest";
import { createOutbox } from "../src/index.ts";
import { apiSecret, basic, createHarness, type Harness, send } from "./harness.ts";
import { request } from "node:http";

const message = { code: "123456", purpose: "challenge", userId: "alice", action: "sign-in", custom: {}, expiresAt: 9 };
let harness: Harness;
afterEach(() => harness.close());

/** Asks as a page would whose host name was made to lead here. */
function statusFor(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${harness.origin}/dev/outbox`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
}

describe("the outbox", () => {
  it("shows what would have been sent, the newest first", async () => {
    const outbox = createOutbox({ clock: { now: () => 5 } });
    harness = await createHarness({ server: { dev: { outbox, isLocal: true } } });
    const { signal } = new AbortController();
    await outbox.delivery.sendEmail({ ...message, to: "a@bank.example" } as never, signal);
    await outbox.delivery.sendSms({ ...message, to: "+6421000000" } as never, signal);
    outbox.addLink({ userId: "alice", action: "sign-in", url: "http://localhost/challenge?token=x" });
    const { json, headers } = await send(`${harness.origin}/dev/outbox`, "GET");
    expect(json).toEqual({
      messages: [
        { kind: "link", at: 5, userId: "alice", action: "sign-in", url: "http://localhost/challenge?token=x" },
        { kind: "sms", at: 5, to: "+6421000000", ...message },
        { kind: "email", at: 5, to: "a@bank.example", ...message },
      ],
    });
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("keeps the last 200", async () => {
    const outbox = createOutbox();
    harness = await createHarness({ server: { dev: { outbox, isLocal: true } } });
    for (let index = 0; index < 205; index++) outbox.addLink({ userId: `${index}`, action: "x", url: "x" });
    expect(outbox.entries()).toHaveLength(200);
    expect(outbox.entries()[0]).toMatchObject({ userId: "204" });
  });

  it("is shown to this machine by its own names only", async () => {
    harness = await createHarness({ server: { dev: { outbox: createOutbox(), isLocal: true } } });
    const { port } = new URL(harness.origin);
    for (const host of ["127.0.0.1", "localhost", `localhost:${port}`, "[::1]"])
      expect(await statusFor(host)).toBe(200);
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1.evil.example",
      "@",
      "localhost@evil.example",
    ]) {
      expect(await statusFor(host)).toBe(401);
    }
  });

  it("wants the API secret where others can connect", async () => {
    harness = await createHarness({ server: { dev: { outbox: createOutbox() } } });
    const outbox = `${harness.origin}/dev/outbox`;
    expect((await send(outbox, "GET")).status).toBe(401);
    expect((await send(outbox, "GET", undefined, { authorization: basic(apiSecret) })).status).toBe(200);
  });

  it("is not there without dev", async () => {
    harness = await createHarness();
    const authorization = basic(apiSecret);
    expect((await send(`${harness.origin}/dev/outbox`, "GET", undefined, { authorization })).status).toBe(404);
  });
});
