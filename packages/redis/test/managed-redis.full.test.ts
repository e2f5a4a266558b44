import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@require-action-test/support/free-port";
import { inFull } from "@require-action-test/support/full";
import { allowWarnings, expectWarning } from "@require-action-test/support/warnings";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRedisAttempts, createRedisLedger } from "../src/index.ts";
import { claim, WINDOW_MS } from "./claims.ts";
import { clientsOfOne } from "./clients.ts";
import { aclCommands, setUser } from "./least-rights.ts";
import { noRedisServer, type OwnRedis, startRedis } from "./redis-servers.ts";
import { startRewritingProxy } from "./rewriting-proxy.ts";

const PATIENT = { commandTimeoutMs: 10_000 } as const;
const unchecked = { ...PATIENT, checks: { settings: "warn" } } as const;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(name: string, url: string, ca?: string) {
  const opened = await clientsOfOne.find((one) => one.name === name)!.open(url, ca);
  closing.push(opened.close);
  return opened.client;
}

describe.skipIf(noRedisServer)("T53: a managed Redis", () => {
  let redis: OwnRedis;
  beforeAll(async () => void (redis = await startRedis("--appendonly", "yes", "--appendfsync", "always")));
  afterAll(() => redis?.close());

  /** The same Redis behind a proxy that changes what clients send. */
  async function behind(rewrite: Parameters<typeof startRewritingProxy>[1]): Promise<string> {
    const proxy = await startRewritingProxy(redis.port, rewrite);
    closing.push(() => proxy.close());
    return proxy.url;
  }
  const CONFIG = /\*3\r\n\$6\r\nCONFIG\r\n\$3\r\nGET\r\n\$\d+\r\n[\w-]+\r\n/gi;
  const refusing = (sent: string) => sent.replace(/CONFIG/gi, "CONFYG");
  const swallowing = (sent: string) => sent.replace(CONFIG, "");
  const closingOn = (sent: string) => (/\r\nCONFIG\r\n/i.test(sent) ? undefined : sent);

  const clients = inFull ? clientsOfOne : clientsOfOne.slice(0, 1);
  describe.each(clients.map(({ name }) => name))("by %s", (client) => {
    it.each([
      ["refuses or renames CONFIG", refusing],
      ["answers CONFIG by closing the connection, as proxies do", closingOn],
    ])("that %s is refused, unless whoever runs it vouches for it", async (_name, rewrite) => {
      const url = await behind(rewrite);
      await expect(createRedisLedger(await open(client, url), PATIENT)).rejects.toMatchObject({
        option: "checks.settings",
        problem: expect.stringMatching(/^appendfsync of this Redis cannot be read/),
      });
      expectWarning("RA_REDIS_UNCHECKED");
      const ledger = await createRedisLedger(await open(client, url), { ...unchecked, prefix: randomUUID() });
      expect(ledger.failedChecks).toEqual(["settings"]);
      expect(await claim(ledger, "approval", "alice")).toBe(true);
      expect(await claim(ledger, "approval", "bob")).toBe(false);
    });

    it("T5: that swallows CONFIG is refused, or never sent it: no claim is answered by another's reply", async () => {
      const url = await behind(swallowing);
      await expect(createRedisLedger(await open(client, url), PATIENT)).rejects.toMatchObject({
        option: "checks.settings",
      });
      expectWarning("RA_REDIS_UNCHECKED");
      const ledger = await createRedisLedger(await open(client, url), { ...unchecked, prefix: randomUUID() });
      for (let index = 0; index < 10; index++) {
        const claims = await Promise.all([claim(ledger, `a${index}`, "alice"), claim(ledger, `a${index}`, "mallory")]);
        expect(claims.filter((one) => one === true)).toHaveLength(1);
      }
    });
  });

  it("whose INFO is refused or renamed is refused, as another master would not be noticed", async () => {
    const url = await behind((sent) => sent.replaceAll('"INFO"', '"INFX"'));
    for (const create of [createRedisLedger, createRedisAttempts]) {
      const options = { ...PATIENT, prefix: randomUUID() };
      await expect(create(await open("redis 6", url), options)).rejects.toMatchObject({ option: "checks.replication" });
    }
    expectWarning("RA_REDIS_UNCHECKED");
    const checks = { replication: "warn" } as const;
    const ledger = await createRedisLedger(await open("redis 6", url), { ...PATIENT, prefix: randomUUID(), checks });
    expect(ledger.failedChecks).toEqual(["replication"]);
    expect(await claim(ledger, "approval", "alice")).toBe(true);
  });

  it("that is too old for the scripts is refused at the start, rather than by the first attempt", async () => {
    // What Redis 5 answers to an option that came with 6.
    const old = await behind((sent) => sent.replaceAll("KEEPTTL", "KEEPTTX"));
    await expect(createRedisAttempts(await open("redis 6", old), PATIENT)).rejects.toMatchObject({
      option: "client",
      problem: "this server does not run the scripts of this package; use Redis 7 or newer, or what runs its scripts",
    });
    const without = await behind((sent) => sent.replace(/EVAL(?=SHA)?/gi, "EVOL"));
    await expect(createRedisLedger(await open("redis 6", without), PATIENT)).rejects.toMatchObject({
      option: "client",
    });
  });

  describe("T53: with the least rights that the README lists", () => {
    const rights = aclCommands();

    it("accepts the ledger and the attempt counters", async () => {
      const url = await setUser(redis, rights);
      const prefix = "require-action";
      const ledger = await createRedisLedger(await open("redis 6", url), { ...PATIENT, prefix });
      expect(await claim(ledger, randomUUID(), "alice")).toBe(true);
      const attempts = await createRedisAttempts(await open("ioredis 6", url), { ...PATIENT, prefix });
      expect(await attempts.countAttempt([randomUUID()], 1, WINDOW_MS, 0)).toMatchObject({ allowed: true });
    });

    it.each([
      ["EVAL", createRedisLedger, "client"],
      ["TIME", createRedisLedger, "client"],
      ["GET", createRedisLedger, "client"],
      ["SET", createRedisLedger, "client"],
      ["DEL", createRedisLedger, "client"],
      ["PTTL", createRedisAttempts, "client"],
      ["PEXPIRE", createRedisAttempts, "client"],
      ["INFO", createRedisLedger, "checks.replication"],
      ["CONFIG|GET", createRedisLedger, "checks.settings"],
    ])("names at the start what is missing of them: %s", async (command, create, option) => {
      const url = await setUser(
        redis,
        rights.filter((right) => right !== `+${command.toLowerCase()}`),
      );
      const opening = create(await open("redis 6", url), PATIENT);
      await expect(opening).rejects.toMatchObject({ code: "configuration_invalid", option });
      await expect(opening).rejects.toThrow(command.split("|", 1)[0]!);
    });

    it("names the keys, where those of the prefix are not allowed", async () => {
      const url = await setUser(redis, rights);
      const opening = createRedisLedger(await open("redis 6", url), { ...PATIENT, prefix: "elsewhere" });
      await expect(opening).rejects.toThrow("the user of this Redis may not use the keys of this prefix");
    });

    it("goes on without EVALSHA", async () => {
      const url = await setUser(
        redis,
        rights.filter((right) => right !== "+evalsha"),
      );
      const ledger = await createRedisLedger(await open("redis 6", url), PATIENT);
      expect(await claim(ledger, randomUUID(), "alice")).toBe(true);
    });
  });
});

describe.skipIf(noRedisServer)("T53: a Redis over TLS", () => {
  let redis: OwnRedis;
  let url: string;
  let ca: string;
  let folder: string;
  allowWarnings("RA_REDIS_VOLATILE");
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "require-action-redis-tls-"));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key];
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...made, "-out", certificate, ...subject], {
      stdio: "ignore",
    });
    ca = readFileSync(certificate, "utf8");
    const port = String(await freePort());
    url = `rediss://localhost:${port}`;
    const files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
    redis = await startRedis("--tls-port", port, ...files, "--tls-auth-clients", "no");
  });
  afterAll(async () => {
    await redis?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it.each(clientsOfOne)("is claimed from by $name", async ({ name }) => {
    const options = { ...PATIENT, prefix: randomUUID(), checks: { persistence: "warn" } } as const;
    const ledger = await createRedisLedger(await open(name, url, ca), options);
    expect(await claim(ledger, "approval", "alice")).toBe(true);
    expect(await claim(ledger, "approval", "bob")).toBe(false);
    const attempts = await createRedisAttempts(await open(name, url, ca), options);
    expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: true });
    expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: false });
  });

  it("whose certificate nobody vouches for is out of reach", async () => {
    // Tried once: a handshake that is cut off in the middle is an error that ioredis leaves to the process.
    const once = new Redis(url, { retryStrategy: () => null });
    once.on("error", () => {});
    await expect(createRedisLedger(once, PATIENT)).rejects.toMatchObject({ code: "ledger_unavailable" });
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on("error", () => {});
    await expect(client.connect()).rejects.toThrow(/self.signed/);
  });
});
