import { inspect } from "node:util";
import { Authsignal } from "@authsignal/node";
import { ConfigurationError, createMemoryLedger, RequireActionError } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { createWebhookVerifier, type VerifyWebhook, type WebhookVerifierOptions } from "../src/index.ts";
import { rejection } from "./calls.ts";
import { eventBody, logRecord, sign, signatureHeader, WEBHOOK_SECRET } from "./signed-webhook.ts";

const START_SECONDS = 1_800_000_000;

let seconds = START_SECONDS;
const clock = { now: () => seconds * 1000 };
let verifyWebhook: VerifyWebhook;
beforeEach(() => {
  seconds = START_SECONDS;
  verifyWebhook = createWebhookVerifier({ secret: WEBHOOK_SECRET, clock });
});

const receive = (rawBody: string, at: number = seconds) =>
  verifyWebhook({ signature: signatureHeader(rawBody, at), rawBody });

it("F13: accepts nothing by a clock that is broken", async () => {
  const verify = createWebhookVerifier({ secret: WEBHOOK_SECRET, clock: { now: () => Number.NaN } });
  const rawBody = eventBody();
  const answered = verify({ signature: signatureHeader(rawBody, seconds), rawBody });
  await expect(answered).rejects.toMatchObject({ reason: "timestamp_outside_tolerance" });
});

describe("an authentic webhook", () => {
  it("gives its event", async () => {
    expect((await receive(eventBody())).event).toEqual({
      id: "event-1",
      time: "2026-11-23T05:00:00.000Z",
      tenantId: "tenant-1",
      type: "action.verify",
      data: {
        userId: "alice",
        action: "withdraw-funds",
        idempotencyKey: "key-1",
        state: "CHALLENGE_SUCCEEDED",
        verificationMethod: "PASSKEY",
      },
    });
  });

  it("is one that the official SDK accepts too", async () => {
    const body = eventBody();
    const now = Math.floor(Date.now() / 1000);
    const { webhook } = new Authsignal({ apiSecretKey: WEBHOOK_SECRET, retries: 0 });
    expect(webhook.constructEvent(body, signatureHeader(body, now))).toMatchObject({ id: "event-1" });
    seconds = now;
    expect((await receive(body)).event.id).toBe("event-1");
  });

  it("may come as bytes, in a list of one header, with padding, spaces and signatures of other versions", async () => {
    const rawBody = Buffer.from(eventBody());
    const signature = [`t=${seconds}, v1=abc, v2=${sign(rawBody, seconds)}=`];
    expect((await verifyWebhook({ signature, rawBody })).event.id).toBe("event-1");
  });

  it("is accepted by any of several signatures, in any place", async () => {
    const other = sign(eventBody(), seconds, "previous secret");
    const own = sign(eventBody({ id: "a" }), seconds);
    const header = `t=${seconds},v2=${other},v2=${own}`;
    expect((await verifyWebhook({ signature: header, rawBody: eventBody({ id: "a" }) })).event.id).toBe("a");
    const last = sign(eventBody({ id: "b" }), seconds);
    const swapped = `v2=${last},v2=${other},t=${seconds}`;
    expect((await verifyWebhook({ signature: swapped, rawBody: eventBody({ id: "b" }) })).event.id).toBe("b");
  });

  it("of a log is a batch of records, of a delivery free members, of a new type unknown", async () => {
    const records = [logRecord("1"), logRecord("2", { type: "challenge.log_created" })];
    const log = await receive(JSON.stringify({ records }));
    const told = records.map((one) => ({ ...one, version: undefined, source: undefined }));
    expect(log.event).toEqual({ type: "log", id: expect.stringMatching(/^log:/), tenantId: "tenant-1", records: told });
    expect(await rejection(receive(JSON.stringify({ records })))).toMatchObject({ reason: "replayed" });
    expect((await receive(JSON.stringify({ records: records.slice(1) }))).event).toMatchObject({ type: "log" });
    const mail = await receive(eventBody({ id: "2", type: "email.created", data: { code: "123456" } }));
    expect(mail.event).toMatchObject({ type: "email.created", data: { code: "123456" } });
    const other = await receive(eventBody({ id: "3", type: "moon.full", data: { a: 1 } }));
    expect(other.event).toMatchObject({ type: "unknown", eventType: "moon.full", data: { a: 1 } });
  });
});

describe("T51: a webhook is refused when", () => {
  const body = eventBody();
  const good = signatureHeader(body, START_SECONDS);
  const signature = sign(body, START_SECONDS);
  const refused: readonly (readonly [string, { header?: string | string[] | undefined; rawBody?: unknown }, string])[] =
    [
      ["it has no signature", { header: undefined }, "signature_missing"],
      ["its signature is empty", { header: "" }, "signature_missing"],
      ["it has no signatures", { header: [] }, "signature_missing"],
      ["it has two signature headers", { header: [good, good] }, "signature_malformed"],
      ["its header is not one", { header: "garbage" }, "signature_malformed"],
      ["it has no time", { header: `v2=${signature}` }, "signature_malformed"],
      ["it has two times", { header: `t=${START_SECONDS},${good}` }, "signature_malformed"],
      ["its time is no number", { header: `t=now,v2=${signature}` }, "signature_malformed"],
      ["its time is negative", { header: `t=-1,v2=${signature}` }, "signature_malformed"],
      ["its time is Infinity", { header: `t=Infinity,v2=${signature}` }, "signature_malformed"],
      ["it has no v2 signature", { header: `t=${START_SECONDS},v1=${signature}` }, "signature_malformed"],
      ["its signature is empty", { header: `t=${START_SECONDS},v2=` }, "signature_malformed"],
      ["its signature is short", { header: `t=${START_SECONDS},v2=${signature.slice(0, -1)}` }, "signature_malformed"],
      ["its header is endless", { header: `${good}${`,v2=${signature}`.repeat(100)}` }, "signature_malformed"],
      ["its signature is another's", { header: signatureHeader(body, START_SECONDS, "guess") }, "signature_mismatch"],
      ["its time was changed", { header: `t=${START_SECONDS + 1},v2=${signature}` }, "signature_mismatch"],
      ["its time has other digits", { header: `t=0${START_SECONDS},v2=${signature}` }, "signature_mismatch"],
      ["its body was changed", { rawBody: body.replace("alice", "mallory") }, "signature_mismatch"],
      ["its body was written anew", { rawBody: JSON.stringify(JSON.parse(body), undefined, 1) }, "signature_mismatch"],
      ["its body is empty", { rawBody: "" }, "signature_mismatch"],
      ["its body is missing", { rawBody: undefined }, "body_missing"],
      ["its body is what a parser leaves of none", { rawBody: {} }, "body_missing"],
    ];
  for (const [what, { header, rawBody }, reason] of refused.map(
    ([name, given, why]) => [name, { header: good, rawBody: body, ...given }, why] as const,
  )) {
    it(`${what} (${reason})`, async () => {
      const error = await rejection(verifyWebhook({ signature: header, rawBody }));
      expect(error).toMatchObject({ code: "webhook_invalid", status: 400, reason });
      expect(inspect(error, { depth: null })).not.toContain(WEBHOOK_SECRET);
    });
  }

  for (const [offset, accepted] of [
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
    [-31_536_000, false],
    [31_536_000, false],
  ] as const) {
    it(`its time is ${offset} s from now: ${accepted ? "no" : "yes"}`, async () => {
      const received = receive(body, seconds + offset);
      if (accepted) expect((await received).event.id).toBe("event-1");
      else expect(await rejection(received)).toMatchObject({ reason: "timestamp_outside_tolerance" });
    });
  }

  const malformed: readonly (readonly [string, string])[] = [
    ["is not JSON", "nonsense"],
    ["is null", "null"],
    ["is a list", `[${body}]`],
    ["names a member twice", `${body.slice(0, -1)},"id":"other"}`],
    ["has no id", eventBody({ id: undefined })],
    ["has an id that is no text", eventBody({ id: 1 })],
    ["has no type", eventBody({ type: undefined })],
    ["has no data", eventBody({ data: undefined })],
    ["tells no user of an action", eventBody({ data: { action: "a", idempotencyKey: "k" } })],
    [
      "tells a list of users of an action",
      eventBody({ data: { userId: ["alice"], action: "a", idempotencyKey: "k" } }),
    ],
    ["is a log without records", JSON.stringify({ records: [] })],
    ["is a log whose records are no list", JSON.stringify({ records: { 0: logRecord("1") } })],
    ["is a log whose record has no id", JSON.stringify({ records: [logRecord("1", { id: undefined })] })],
    ["is a log whose record is none", JSON.stringify({ records: [logRecord("1", { record: "x" })] })],
    ["is a log of two tenants", JSON.stringify({ records: [logRecord("1"), logRecord("2", { tenantId: "other" })] })],
  ];
  for (const [what, rawBody] of malformed) {
    it(`its signed body ${what}`, async () => {
      expect(await rejection(receive(rawBody))).toMatchObject({ code: "webhook_invalid", reason: "event_malformed" });
    });
  }

  it("T3: it is another tenant's", async () => {
    verifyWebhook = createWebhookVerifier({ secret: WEBHOOK_SECRET, clock, tenantId: "tenant-1" });
    expect((await receive(body)).event.tenantId).toBe("tenant-1");
    const other = eventBody({ id: "event-2", tenantId: "tenant-2" });
    expect(await rejection(receive(other))).toMatchObject({ reason: "other_tenant" });
    expect(await rejection(receive(eventBody({ tenantId: undefined })))).toMatchObject({ reason: "event_malformed" });
  });

  it("any bit of header or body is another", async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(), fc.integer({ min: 0, max: 6 }), async (inBody, position, bit) => {
        const flip = (text: string): string => {
          const bytes = Buffer.from(text);
          const index = position % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
          return bytes.toString("latin1");
        };
        const webhook = { signature: inBody ? good : flip(good), rawBody: inBody ? flip(body) : body };
        const outcome = await verifyWebhook(webhook).catch((error: unknown) => error);
        // The last character of base64 holds two bits that mean nothing.
        return outcome instanceof Error || (!inBody && position % good.length === good.length - 1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("T51: an event counts once", () => {
  it("also when it is signed anew, and for as long as its signature could be good", async () => {
    await receive(eventBody(), seconds + 300);
    expect(await rejection(receive(eventBody()))).toMatchObject({ code: "webhook_replayed", status: 409 });
    seconds += 600;
    expect(await rejection(receive(eventBody(), seconds - 300))).toMatchObject({ code: "webhook_replayed" });
  });

  it("of 200 copies at once", async () => {
    const copies = await Promise.allSettled(Array.from({ length: 200 }, () => receive(eventBody())));
    expect(copies.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("but again after release, so that a failed attempt is not lost", async () => {
    const { release } = await receive(eventBody());
    await release();
    expect((await receive(eventBody())).event.id).toBe("event-1");
  });

  it("across processes that share a ledger", async () => {
    const seen = createMemoryLedger({ clock });
    const [one, other] = [1, 2].map(() => createWebhookVerifier({ secret: WEBHOOK_SECRET, clock, seen }));
    const webhook = { signature: signatureHeader(eventBody(), seconds), rawBody: eventBody() };
    await one?.(webhook);
    expect(await rejection(other?.(webhook) ?? Promise.resolve())).toMatchObject({ code: "webhook_replayed" });
  });

  it("and one that is refused leaves no trace", async () => {
    await rejection(verifyWebhook({ signature: signatureHeader(eventBody(), seconds, "guess"), rawBody: eventBody() }));
    expect((await receive(eventBody())).event.id).toBe("event-1");
  });

  it("and is refused when the ledger is out of reach or answers nonsense", async () => {
    const ledger = (claim: () => unknown): Ledger => ({
      name: "broken",
      claim: async () => claim() as boolean,
      release: async () => {},
    });
    const unreachable = ledger(() => {
      throw new Error(WEBHOOK_SECRET);
    });
    verifyWebhook = createWebhookVerifier({ secret: WEBHOOK_SECRET, clock, seen: unreachable });
    const error = await rejection(receive(eventBody()));
    expect(error).toBeInstanceOf(RequireActionError);
    expect(error).toMatchObject({ code: "ledger_unavailable", status: 503 });
    expect(inspect(error, { depth: null })).not.toContain(WEBHOOK_SECRET);
    verifyWebhook = createWebhookVerifier({ secret: WEBHOOK_SECRET, clock, seen: ledger(() => "yes") });
    expect(await rejection(receive(eventBody()))).toMatchObject({ code: "webhook_replayed" });
  });
});

describe("misuse is refused by name", () => {
  const refused: readonly (readonly [string, object])[] = [
    ["secret", {}],
    ["secret", { secret: "" }],
    ["secret", { secret: `${WEBHOOK_SECRET}\n` }],
    ["toleranceSeconds", { secret: WEBHOOK_SECRET, toleranceSeconds: 0 }],
    ["toleranceSeconds", { secret: WEBHOOK_SECRET, toleranceSeconds: 3601 }],
    ["toleranceSeconds", { secret: WEBHOOK_SECRET, toleranceSeconds: Number.NaN }],
    ["tenantId", { secret: WEBHOOK_SECRET, tenantId: "" }],
    ["seen", { secret: WEBHOOK_SECRET, seen: new Set() }],
    ["tolerance", { secret: WEBHOOK_SECRET, tolerance: 5 }],
  ];
  for (const [option, options] of refused) {
    it(`${option} in ${inspect(options, { breakLength: Infinity })}`, () => {
      expect(() => createWebhookVerifier(options as WebhookVerifierOptions)).toThrow(
        expect.objectContaining({ option, code: "configuration_invalid" }),
      );
    });
  }

  it("rawBody, when it was parsed already", async () => {
    const rawBody: unknown = JSON.parse(eventBody());
    const error = await rejection(verifyWebhook({ signature: signatureHeader(eventBody(), seconds), rawBody }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ option: "rawBody" });
  });
});
