import { expectWarning } from "@require-action-test/support/warnings";
import { sendRaw } from "@require-action-test/support/raw-request";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isFromThisMachine } from "../src/dev/dev-routes.ts";
import { createOutbox, createServer, hashPassword } from "../src/index.ts";
import { apiSecret, basic, createHarness, type Harness, tenantId } from "./harness.ts";

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
  vi.unstubAllEnvs();
});

describe("createServer in production", () => {
  it("T60: refuses what is for developers", async () => {
    harness = await createHarness();
    vi.stubEnv("NODE_ENV", "production");
    const reviewers = [{ id: "rita", passwordHash: await hashPassword("a long password for tests") }];
    const options = { apiSecrets: [apiSecret], tenantId };
    const { engine } = harness;
    expect(() => createServer(engine, { ...options, dev: { outbox: createOutbox() } })).toThrow(/dev.*NODE_ENV/);
    expect(() => createServer(engine, { ...options, console: { reviewers, secureCookies: false } })).toThrow(
      /console\.secureCookies.*NODE_ENV/,
    );
    expectWarning("RA_REVIEWER_PASSWORDS");
    expect(() => createServer(engine, { ...options, console: { reviewers } })).not.toThrow();
  });
});

describe("the outbox without credentials", () => {
  const outboxOf = async (): Promise<string> => {
    harness = await createHarness({ server: { dev: { outbox: createOutbox(), isLocal: true } } });
    return harness.origin;
  };
  const get = async (origin: string, lines: readonly string[], version = "1.1") =>
    (await sendRaw(origin, [`GET /dev/outbox HTTP/${version}`, ...lines].join("\r\n"))).status;
  const own = (origin: string): string => `Host: ${new URL(origin).host}`;

  it("T60: is shown to what curl and a test send", async () => {
    const origin = await outboxOf();
    expect(await get(origin, [own(origin), "User-Agent: curl/8.5.0", "Accept: */*"])).toBe(200);
    expect(await get(origin, ["Host: localhost", "Connection: keep-alive"])).toBe(200);
    expect(await get(origin, ["Host: 127.0.0.1", "Sec-Fetch-Site: none"])).toBe(200);
  });

  it("T60: is kept from what nginx passes on by default", async () => {
    const origin = await outboxOf();
    // proxy_pass http://127.0.0.1:4100; and nothing else: HTTP/1.0, the upstream's name, no forwarding header.
    expect(await get(origin, [own(origin), "Connection: close", "User-Agent: x"], "1.0")).toBe(401);
    expect(await get(origin, ["Host: 127.0.0.1"], "1.0")).toBe(401);
    // proxy_http_version 1.1;
    expect(await get(origin, [own(origin), "Connection: close"])).toBe(401);
    expect(await get(origin, ["Host: localhost", "Connection: Close, TE"])).toBe(401);
  });

  it.each([
    "Forwarded: for=192.0.2.1",
    "X-Forwarded-For: 127.0.0.1",
    "x-forwarded-host: localhost",
    "X-Forwarded-Proto: https",
    "X-Forwarded:",
    "X-Real-IP: 127.0.0.1",
    "Via: 1.1 proxy",
    "CF-Connecting-IP: 192.0.2.1",
    "CF-Ray: 1",
    "True-Client-IP: 192.0.2.1",
    "Fastly-Client-IP: 192.0.2.1",
    "X-Client-IP: 192.0.2.1",
    "X-Cluster-Client-IP: 192.0.2.1",
    "X-Original-URL: /",
    "X-Amzn-Trace-Id: Root=1",
    "Fly-Client-IP: 192.0.2.1",
    "X-Envoy-External-Address: 192.0.2.1",
    "Proxy-Connection: keep-alive",
  ])("T60: is kept from whatever a proxy has marked, with the API secret too: %s", async (header) => {
    const origin = await outboxOf();
    expect(await get(origin, [own(origin), header])).toBe(403);
    expect(await get(origin, [own(origin), header, `Authorization: ${basic(apiSecret)}`])).toBe(403);
  });

  it("T60: is kept from pages of other sites, and from absolute targets", async () => {
    const origin = await outboxOf();
    expect(await get(origin, [own(origin), "Origin: https://evil.example"])).toBe(401);
    expect(await get(origin, [own(origin), "Sec-Fetch-Site: cross-site"])).toBe(401);
    expect(await get(origin, ["Host: evil.example"])).toBe(401);
    const absolute = `GET http://127.0.0.1/dev/outbox HTTP/1.1\r\n${own(origin)}`;
    expect((await sendRaw(origin, absolute)).status).toBe(401);
  });

  it("T60: is for the loopback interface", () => {
    const incoming = (remoteAddress: string | undefined) =>
      ({ httpVersion: "1.1", url: "/dev/outbox", socket: { remoteAddress } }) as never;
    const request = new Request("http://x/", { headers: { host: "localhost" } });
    for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
      expect([address, isFromThisMachine(request, incoming(address))]).toEqual([address, true]);
    }
    for (const address of ["192.0.2.1", "10.0.0.1", "::2", "fe80::1%eth0", "::ffff:10.0.0.1", undefined]) {
      expect([address, isFromThisMachine(request, incoming(address))]).toEqual([address, false]);
    }
    expect(isFromThisMachine(request, undefined)).toBe(false);
  });
});
