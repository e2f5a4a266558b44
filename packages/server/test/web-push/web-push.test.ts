import { execFileSync } from "node:child_process";
import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer, globalAgent, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApprovalNotice, createMemoryInbox, type InboxEvent } from "@require-action/core/agents";
import { createManualClock } from "@require-action/testing";
import { importJWK, jwtVerify } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import webPush from "web-push";
import { createMessageTexts } from "../../src/index.ts";
import {
  createWebPushNotices,
  type PushSubscription,
  readPushSubscription,
  type WebPushOptions,
} from "../../src/web-push/index.ts";

const subject = "mailto:ops@bank.example";
const vapid = { subject, ...webPush.generateVAPIDKeys() };
const clock = createManualClock();
const texts = createMessageTexts({ dataPoints: () => new Map() }, { appName: "Acme Bank", clock });
const notice: ApprovalNotice = {
  user: "alice",
  action: "withdraw-funds",
  bound: { amount: "250.00", payee: "DE89370400440532013000" },
  askedFrom: { ipAddress: "203.0.113.7", userAgent: "Firefox" },
  url: "https://bank.example/approvals/kGZm1fP0kGZm1fP0kGZm1f",
  askedAt: clock.now(),
  expiresAt: clock.now() + 290_500,
};

interface Push {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let folder: string;
let service: Server;
let origin: string;
const pushes: Push[] = [];
/** What the service answers by path; nothing at all for `silence`. */
const answers = new Map<string, number | "silence">();
let onSilence: () => void = () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "require-action-push-"));
  const [key, cert] = [join(folder, "own.key"), join(folder, "own.crt")];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert];
  const named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...made, ...named], { stdio: "ignore" });
  globalAgent.options.ca = readFileSync(cert);
  service = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      pushes.push({ path, headers: request.headers, body: Buffer.concat(chunks) });
      const answer = answers.get(path) ?? 201;
      if (answer === "silence") return onSilence();
      response.writeHead(answer, { location: "/elsewhere" }).end("a body that nobody reads");
    });
  });
  await new Promise<void>((resolve) => service.listen(0, "localhost", resolve));
  origin = `https://localhost:${(service.address() as AddressInfo).port}`;
});
afterAll(async () => {
  delete globalAgent.options.ca;
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  pushes.length = 0;
  answers.clear();
});
afterEach(() => vi.restoreAllMocks());

/** A browser: it has keys, and what it subscribed to. */
function subscribe(path: string): { subscription: PushSubscription; keys: ECDH; auth: Buffer } {
  const keys = createECDH("prime256v1");
  const auth = randomBytes(16);
  const p256dh = keys.generateKeys("base64url");
  return {
    subscription: { endpoint: `${origin}${path}`, keys: { p256dh, auth: auth.toString("base64url") } },
    keys,
    auth,
  };
}

/** Decrypts one record of aes128gcm as a browser does (RFC 8188 section 2, RFC 8291 section 3.4). */
function decrypt(body: Buffer, { keys, auth }: { readonly keys: ECDH; readonly auth: Buffer }): string {
  const salt = body.subarray(0, 16);
  const idLength = body[20] ?? 0;
  const senderKey = body.subarray(21, 21 + idLength);
  const record = body.subarray(21 + idLength);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), senderKey]);
  const secret = Buffer.from(hkdfSync("sha256", keys.computeSecret(senderKey), auth, info, 32));
  const key = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: aes128gcm\0", 16));
  const nonce = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: nonce\0", 12));
  const decipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  expect(padded.subarray(end + 1).every((byte) => byte === 0)).toBe(true);
  return padded.subarray(0, end).toString();
}

interface Bank {
  readonly gone: string[];
  notify(given?: ApprovalNotice): Promise<unknown>;
}

function openBank(subscriptions: readonly unknown[], options: Partial<WebPushOptions> = {}): Bank {
  const gone: string[] = [];
  const notify = createWebPushNotices({
    vapid,
    texts,
    subscriptionsOf: (user) => (user === "alice" ? (subscriptions as PushSubscription[]) : []),
    onGone: (user, { endpoint }) => gone.push(`${user} ${endpoint.slice(origin.length)}`),
    dangerouslyAllowLoopback: true,
    clock,
    ...options,
  });
  return { gone, notify: async (given = notice) => notify(given) };
}

/** What became of each push that failed. */
async function failuresOf(sent: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof AggregateError ? error.errors.map((one: Error) => one.message) : [];
}

describe("a notice by Web Push", () => {
  it("T38: reaches the user's browsers, signed and encrypted, in their language, without number, token or what is bound", async () => {
    const [phone, laptop] = [subscribe("/push/phone"), subscribe("/push/laptop")];
    await openBank([phone.subscription, laptop.subscription], { localeOf: () => "de" }).notify();
    expect(pushes.map(({ path }) => path).toSorted()).toEqual(["/push/laptop", "/push/phone"]);
    const { headers, body } = pushes.find(({ path }) => path === "/push/phone")!;
    expect(JSON.parse(decrypt(body, phone))).toEqual({
      title: texts.approval(notice, { locale: "de" }).subject,
      url: notice.url,
      language: "de",
      direction: "ltr",
    });
    expect(() => decrypt(body, laptop)).toThrow();
    expect(headers).toMatchObject({ ttl: "290", urgency: "high", "content-encoding": "aes128gcm" });

    const [, jwt = "", key = ""] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(headers.authorization ?? "") ?? [];
    expect(key).toBe(vapid.publicKey);
    const point = Buffer.from(key, "base64url");
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
    const publicKey = await importJWK({ kty: "EC", crv: "P-256", x: x!, y: y! }, "ES256");
    const { payload } = await jwtVerify(jwt, publicKey, { audience: origin, subject, requiredClaims: ["exp"] });
    expect(payload.exp! * 1000 - Date.now()).toBeLessThanOrEqual(24 * 60 * 60_000);
  });

  it("is sent to nobody else, and without subscriptions to nobody", async () => {
    const bank = openBank([subscribe("/push/phone").subscription]);
    await bank.notify({ ...notice, user: "mallory" });
    expect(pushes).toEqual([]);
  });

  it.each([404, 410])("drops a subscription that the push service answers with %s", async (status) => {
    const [old, current] = [subscribe("/push/old"), subscribe("/push/current")];
    answers.set("/push/old", status);
    const bank = openBank([old.subscription, current.subscription]);
    await bank.notify();
    expect(bank.gone).toEqual(["alice /push/old"]);
    expect(pushes).toHaveLength(2);
  });

  it("T33: that fails is the event notice_failed, drops nothing, and names no endpoint; others arrive", async () => {
    const events: InboxEvent[] = [];
    const failing = subscribe("/push/secret-of-the-browser");
    answers.set("/push/secret-of-the-browser", 500);
    const bank = openBank([failing.subscription, subscribe("/push/phone").subscription]);
    const inbox = createMemoryInbox({
      pageUrl: "https://bank.example/approvals",
      notify: (given) => bank.notify(given),
      on: (event) => events.push(event),
    });
    const request = { user: "alice", action: "withdraw-funds", canonical: "", keyOnly: true, idempotencyKey: "key" };
    await inbox.keep({
      ...request,
      bound: undefined,
      challenge: { token: "token", url: undefined },
      askedFrom: undefined,
    });
    await expect
      .poll(() => events, { timeout: 20_000 })
      .toMatchObject([{ type: "notice_failed", user: "alice", action: "withdraw-funds" }]);
    expect(await failuresOf(bank.notify())).toEqual([`the push service ${new URL(origin).host} answered 500`]);
    expect(bank.gone).toEqual([]);
    expect(pushes.filter(({ path }) => path === "/push/phone")).toHaveLength(2);
  });

  it("T35: follows no redirect", async () => {
    answers.set("/push/phone", 307);
    expect(await failuresOf(openBank([subscribe("/push/phone").subscription]).notify())).toEqual([
      `the push service ${new URL(origin).host} answered 307`,
    ]);
    expect(pushes).toHaveLength(1);
  });

  it("is given up when the push service does not answer in time", async () => {
    const deadline = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(deadline.signal);
    onSilence = () => deadline.abort();
    answers.set("/push/phone", "silence");
    const failures = await failuresOf(openBank([subscribe("/push/phone").subscription]).notify());
    expect(failures).toEqual([`the push service ${new URL(origin).host} did not answer within 10000 ms`]);
    expect(timeout).toHaveBeenCalledExactlyOnceWith(10_000);
  });

  it("T35: does not leave for this machine or its neighbours, whatever was kept as a subscription", async () => {
    const { subscription } = subscribe("/push/phone");
    const kept = [subscription, { ...subscription, endpoint: "https://10.0.0.1/push" }, { endpoint: 1 }, null];
    const bank = openBank(kept, { dangerouslyAllowLoopback: false });
    const problem = "a subscription is malformed, or its endpoint is not public";
    expect(await failuresOf(bank.notify())).toEqual(kept.map(() => problem));
    expect(pushes).toEqual([]);
  });

  it("is sent to 20 browsers of a user, and no more", async () => {
    const many = Array.from({ length: 25 }, (_, index) => subscribe(`/push/${index}`).subscription);
    await openBank(many).notify();
    expect(pushes).toHaveLength(20);
    expect(pushes.some(({ path }) => path === "/push/24")).toBe(false);
  });

  it("has options that are right from the start", () => {
    const other = webPush.generateVAPIDKeys();
    for (const [wrong, message] of [
      [{ ...vapid, publicKey: other.publicKey }, /vapid\.publicKey: is not that of vapid\.privateKey/],
      [{ ...vapid, privateKey: "A".repeat(43) }, /vapid\.publicKey: is not that of vapid\.privateKey/],
      [{ ...vapid, privateKey: undefined }, /vapid\.privateKey: is undefined: is its environment variable set/],
      [{ ...vapid, subject: "ops@bank.example" }, /vapid\.subject: must be a mailto: or https: URI/],
    ] as const) {
      expect(() => openBank([], { vapid: wrong as typeof vapid })).toThrow(message);
    }
    vi.stubEnv("NODE_ENV", "production");
    expect(() => openBank([])).toThrow(/dangerouslyAllowLoopback: is for tests/);
    vi.unstubAllEnvs();
  });
});

describe("a subscription that a browser sends", () => {
  const keys = { p256dh: "B".repeat(87), auth: "a".repeat(22) };
  const endpoint = "https://push.example/abc";

  it("is read, and nothing else of it is kept", () => {
    const given: unknown = { endpoint, keys: { ...keys, more: 1 }, expirationTime: null };
    expect(readPushSubscription(given)).toEqual({ endpoint, keys });
  });

  it.each([
    "http://push.example/abc",
    "https://user:password@push.example/abc",
    "https://localhost/abc",
    "https://printer/abc",
    "https://127.1/abc",
    "https://0x7f000001/abc",
    "https://10.1.2.3/abc",
    "https://169.254.169.254/latest",
    "https://100.64.0.1/abc",
    "https://[::1]/abc",
    "https://[::ffff:10.0.0.1]/abc",
    "https://[fd00::1]/abc",
    "https://[64:ff9b::a00:1]/abc",
    "https://[::10.0.0.1]/abc",
    "not a URL",
  ])("T35: is refused with the endpoint %s", (wrong) => {
    expect(readPushSubscription({ endpoint: wrong, keys })).toBeUndefined();
  });

  it("is refused with an endpoint of more than 2048 characters", () => {
    const filled = (length: number) => endpoint.padEnd(length, "a");
    expect(readPushSubscription({ endpoint: filled(2_048), keys })).toBeDefined();
    expect(readPushSubscription({ endpoint: filled(2_049), keys })).toBeUndefined();
  });

  it.each([undefined, null, 7, "text", [], { endpoint }, { endpoint, keys: { ...keys, auth: "short" } }])(
    "is refused when it is %j",
    (wrong) => {
      expect(readPushSubscription(wrong)).toBeUndefined();
    },
  );

  it.each(["https://8.8.8.8/abc", "https://[2a00:1450:4001::1]/abc"])("may name a public address: %s", (right) => {
    expect(readPushSubscription({ endpoint: right, keys })?.endpoint).toBe(right);
  });
});
