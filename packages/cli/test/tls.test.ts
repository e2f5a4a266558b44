import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { get, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { CliError } from "../src/lib/terminal.ts";
import { serve } from "../src/serve/serve.ts";
import { apiSecret } from "./http.ts";
import { serveSettings } from "./run-here.ts";

const policy = fileURLToPath(new URL("../../../examples/policy.json", import.meta.url));
let folder: string;
let stop: (() => Promise<void>) | undefined;
const path = (name: string): string => join(folder, name);

/** Makes a key, and a certificate of its own for `localhost` and this machine's address. */
function makeCertificate(name: string): void {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path(`${name}.key`)];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, "-out", path(`${name}.crt`), ...subject], {
    stdio: "ignore",
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-tls-"));
  makeCertificate("own");
  makeCertificate("other");
  writeFileSync(path("text.pem"), "not PEM at all, and sesame");
  execFileSync(
    "openssl",
    ["ec", "-aes128", "-passout", "pass:sesame", "-in", path("own.key"), "-out", path("locked.key")],
    { stdio: "ignore" },
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

const tls = (cert: string, key: string): readonly string[] => ["--tls-cert", path(cert), "--tls-key", path(key)];

async function run(
  ...args: readonly string[]
): Promise<{ readonly lines: readonly string[]; readonly warned: string }> {
  const lines: string[] = [];
  const warned: string[] = [];
  const settings = await serveSettings(["--port", "0", "--policy", policy, ...args], {
    REQUIRE_ACTION_API_SECRET: apiSecret,
  });
  stop = await serve(settings, { write: (line) => void lines.push(line), warn: (line) => void warned.push(line) });
  return { lines, warned: warned.join("\n") };
}

const originIn = (line: string | undefined): string => /https?:\S+/.exec(line ?? "")?.[0] ?? "";

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

function getOverTls(url: string, options: RequestOptions = {}): Promise<Got> {
  const ca = readFileSync(path("own.crt"));
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false, ...options }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    }).on("error", reject);
  });
}

describe("require-action serve --tls-cert --tls-key", () => {
  it("serves https on both ports, and no http", async () => {
    const { lines, warned } = await run(...tls("own.crt", "own.key"), "--admin-port", "0");
    const [origin, admin] = [originIn(lines[0]), originIn(lines[1])];
    expect([origin, admin]).toEqual([
      expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    ]);
    expect((await getOverTls(`${origin}/healthz`)).status).toBe(200);
    const authorization = `Basic ${Buffer.from(`${apiSecret}:`).toString("base64")}`;
    const action = `${admin}/v1/users/alice/actions/withdraw-funds/none`;
    expect((await getOverTls(action, { headers: { authorization } })).status).toBe(404);
    expect((await getOverTls(action)).status).toBe(401);
    await expect(fetch(`${origin.replace("https", "http")}/healthz`)).rejects.toThrow("fetch failed");
    expect(warned).not.toContain("--tls-cert");
  });

  it("speaks TLS 1.2 or newer", async () => {
    const { lines } = await run(...tls("own.crt", "own.key"));
    const old: RequestOptions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    await expect(getOverTls(`${originIn(lines[0])}/healthz`, old)).rejects.toThrow(/protocol version|ECONNRESET/i);
    const oldest: RequestOptions = { maxVersion: "TLSv1.2" };
    expect((await getOverTls(`${originIn(lines[0])}/healthz`, oldest)).status).toBe(200);
  });

  it("has browsers stay with https under a name of its own, and nowhere else", async () => {
    const named = await run(...tls("own.crt", "own.key"), "--base-url", "https://auth.bank.example");
    const page = await getOverTls(`${originIn(named.lines[0])}/challenge`);
    expect(page.headers["strict-transport-security"]).toBe("max-age=31536000");
    await stop?.();
    const here = await run(...tls("own.crt", "own.key"));
    expect((await getOverTls(`${originIn(here.lines[0])}/challenge`)).headers).not.toHaveProperty(
      "strict-transport-security",
    );
  });

  it("links to challenges at https", async () => {
    const { lines } = await run(...tls("own.crt", "own.key"), "--dev");
    expect(lines.join("\n")).toMatch(/console +https:\/\/localhost:\d+\/console/);
  });

  it("warns of a certificate that is not valid today", async () => {
    vi.setSystemTime(Date.now() + 3 * 24 * 60 * 60_000);
    const { warned } = await run(...tls("own.crt", "own.key")).finally(() => vi.useRealTimers());
    expect(warned).toMatch(/^WARNING: --tls-cert .*own\.crt is valid from .* only, which is not now\.$/m);
  });

  it.each<readonly [what: string, args: () => readonly string[], message: RegExp]>([
    ["a certificate without a key", () => ["--tls-cert", path("own.crt")], /^--tls-cert needs --tls-key\.$/],
    ["a key without a certificate", () => ["--tls-key", path("own.key")], /^--tls-key needs --tls-cert\.$/],
    ["a file that is not there", () => tls("no.crt", "own.key"), /^--tls-cert .*no\.crt: It cannot be read \(ENOENT\)/],
    ["a key that is not there", () => tls("own.crt", "no.key"), /^--tls-key .*no\.key: It cannot be read \(ENOENT\)/],
    ["a folder", () => tls("", "own.key"), /^--tls-cert .*: It cannot be read \(EISDIR\)/],
    ["a certificate that is none", () => tls("text.pem", "own.key"), /^--tls-cert .*: It contains no certificate/],
    ["a key for a certificate", () => tls("own.key", "own.key"), /^--tls-cert .*: It contains no certificate/],
    ["a key that is none", () => tls("own.crt", "text.pem"), /^--tls-key .*: It contains no private key/],
    ["a key with a passphrase", () => tls("own.crt", "locked.key"), /^--tls-key .*: It contains no private key/],
    ["another certificate's key", () => tls("own.crt", "other.key"), /^--tls-key .*: It is not the key of the first/],
  ])("refuses %s", async (_what, args, message) => {
    const error = await run(...args()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect((error as CliError).message).toMatch(message);
    expect((error as CliError).message).not.toContain("sesame");
  });
});
