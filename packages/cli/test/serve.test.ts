import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Authsignal } from "@authsignal/node";
import { sendRaw } from "@require-action-test/support/raw-request";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CliError } from "../src/lib/terminal.ts";
import { listen } from "../src/serve/listen.ts";
import { serve } from "../src/serve/serve.ts";
import { apiSecret, send } from "./http.ts";
import { serveSettings } from "./run-here.ts";

const examplePolicy = fileURLToPath(new URL("../../../examples/policy.json", import.meta.url));
const given = { REQUIRE_ACTION_API_SECRET: apiSecret };
let folder: string;
let stop: (() => Promise<void>) | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-serve-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

/** Serves as the command does, and resolves to what it printed. */
async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = given,
): Promise<{ readonly lines: string[]; readonly origin: string }> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const settings = await serveSettings(args, environment);
  stop = await serve(settings, { write: print, warn: print });
  return { lines, origin: /http:\S+/.exec(lines[0] ?? "")?.[0] ?? "" };
}

const example = (...args: readonly string[]) => run(["--port", "0", "--policy", examplePolicy, ...args]);

function fileWith(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("the example policy", () => {
  const withdrawal = { amount: "500", currency: "EUR", payee: "DE89370400440532013000", payeeCountry: "DE" };

  it.each([
    ["small, from a device that is not known", { amount: "50" }, "CHALLENGE", "default"],
    ["to a country that needs a look", { payeeCountry: "KY" }, "REVIEW", "review-country"],
    ["more than a day's worth", { amount: "20000" }, "REVIEW", "much-in-a-day"],
    ["to a blocked payee", { payee: "GB33BUKB20201555555555" }, "BLOCK", "blocked-payee"],
  ])("decides a withdrawal that is %s", async (_what, custom, outcome, rule) => {
    const { lines, origin } = await example("--dev");
    const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
    const attributes = { custom: { ...withdrawal, ...custom }, deviceId: "phone" };
    await sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
    expect(lines.join("\n")).toMatch(new RegExp(`withdraw-funds +alice +${outcome} +${rule}`));
  });
});

it("lets a small withdrawal through, by the example policy, from a device that a challenge was completed on", async () => {
  const { origin } = await example("--dev");
  const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
  const custom = { amount: "50", currency: "EUR", payee: "DE89370400440532013000", payeeCountry: "DE" };
  const withdraw = () =>
    sdk.track({ userId: "alice", action: "withdraw-funds", attributes: { custom, deviceId: "phone" } });
  const email = { verificationMethod: "EMAIL_OTP" as never, email: "alice@bank.example" };
  await sdk.enrollVerifiedAuthenticator({ userId: "alice", attributes: email });
  const { state, token } = await withdraw();
  expect(state).toBe("CHALLENGE_REQUIRED");
  const client = (path: string, body: object) =>
    send(`${origin}/v1/client/${path}/email-otp`, "POST", body, { authorization: `Bearer ${token}` });
  await client("challenge", {});
  const [{ code: verificationCode }] = (await send(`${origin}/dev/outbox`, "GET")).json.messages;
  const { accessToken } = (await client("verify", { verificationCode })).json;
  expect((await sdk.validateChallenge({ token: accessToken })).isValid).toBe(true);
  expect((await withdraw()).state).toBe("ALLOW");
});

describe("where it is", () => {
  const urlOf = async (origin: string): Promise<string> => {
    const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
    return (await sdk.track({ userId: "alice", action: "add-authenticator" })).url;
  };

  it("is this machine only, and the page has a name, which passkeys need", async () => {
    const { lines, origin } = await example();
    expect(lines).toEqual([
      `require-action is ready at ${origin} (profile authsignal)`,
      expect.stringMatching(/^WARNING: --store memory /),
    ]);
    expect(new URL(origin).hostname).toBe("127.0.0.1");
    expect(new URL(await urlOf(origin)).origin).toBe(origin.replace("127.0.0.1", "localhost"));
    const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
    expect((await sdk.getUser({ userId: "alice" })).allowedVerificationMethods).toContain("PASSKEY");
  });

  it("is where --base-url says", async () => {
    const { origin } = await example("--base-url", "https://auth.bank.example", "--rp-id", "bank.example");
    expect(await urlOf(origin)).toMatch(/^https:\/\/auth\.bank\.example\/challenge\?token=/);
  });

  it("is every address of the machine when asked, and then the outbox wants the API secret", async () => {
    const { lines, origin } = await example("--host", "0.0.0.0", "--dev");
    expect(lines[1]).toContain("(with the API secret)");
    expect((await send(`${origin}/dev/outbox`, "GET")).status).toBe(401);
  });

  it("accepts several secrets of the environment", async () => {
    const { origin } = await run(["--port", "0", "--policy", examplePolicy], {
      REQUIRE_ACTION_API_SECRET: `the-next-api-secret ${apiSecret}\n`,
    });
    expect(await urlOf(origin)).toContain("/challenge");
  });
});

describe("a command that is wrong", () => {
  const rule = { ruleId: "r", name: "r", priority: 1, type: "BLOK", conditions: { ">": [{ var: "custom.a" }, 1] } };
  const broken = { actions: { pay: { defaultOutcome: "ALLOW", rules: [rule] } }, foo: 1 };
  const only = { actions: { pay: { defaultOutcome: "CHALLENGE", verificationMethods: ["VERIFF"] } } };
  const weak = [{ id: "rita", passwordHash: "sesame" }];
  const policy = ["--policy", examplePolicy];
  const served = ["--port", "0", ...policy];

  it.each<readonly [what: string, args: () => readonly string[], message: RegExp]>([
    ["an unknown flag", () => ["--prot", "1"], /^Unknown option '--prot'\. Did you mean --port\? See .*--help\.$/],
    ["a flag without its value", () => ["--policy"], /--policy.* See .*--help\.$/],
    ["a stray argument", () => [...policy, "x"], /^Unexpected argument/],
    ["no policy", () => [], /^--policy FILE is missing/],
    ["a port that is too large", () => [...policy, "--port", "70000"], /^--port /],
    ["a port that is no number", () => [...policy, "--port", "http"], /^--port /],
    ["a short secret", () => [...served, "--api-secret", "sesame"], /^--api-secret: .*16/],
    ["a missing file", () => ["--policy", join(folder, "no.json")], /no\.json: There is no such file/],
    ["a folder", () => ["--policy", folder], /cannot be read \(EISDIR\)/],
    [
      "a policy with mistakes, all of them",
      () => ["--port", "0", "--policy", fileWith("broken.json", broken)],
      /has mistakes:\n(?=[^]*^ {2}1:\d+ {2}foo: )(?=[^]*^ {2}1:\d+ {2}actions\.pay\.rules\[0\]\.type: .*did you mean BLOCK\?$)/m,
    ],
    [
      "a policy that is neither JSON nor YAML",
      () => ["--port", "0", "--policy", fileWith("text.json", "{ actions: [")],
      /has mistakes:\n {2}1:3 {2}is not JSON: a name in double quotes or "}" is expected, not "actions"$/,
    ],
    [
      "a policy that asks for a method that is not offered",
      () => ["--port", "0", "--policy", fileWith("only.json", only)],
      /has mistakes:\n {2}1:\d+ {2}actions\.pay\.verificationMethods: .*VERIFF/,
    ],
    ["another store", () => [...policy, "--store", "redis:"], /^--store must be/],
    ["SQLite in memory", () => [...policy, "--store", "sqlite::memory:"], /^--store: use memory instead/],
    [
      "a durable store without a secret",
      () => [...policy, "--store", `sqlite:${folder}/x.db`],
      /^A store that outlives/,
    ],
    ["a database that is a folder", () => [...policy, "--store", "sqlite:"], /^--store must be/],
    ["a URL that is none", () => [...policy, "--store", "postgres://u:sesame@:x/"], /^--store: the URL cannot be read/],
    ["a variable that is not set", () => [...policy, "--store", "env:NO_SUCH"], /^--store env:NO_SUCH: the variable/],
    ["days that are too few", () => [...policy, "--keep-days", "30"], /^--keep-days must be/],
    ["seconds that are none", () => [...policy, "--drain-seconds", "5s"], /^--drain-seconds must be a whole number/],
    ["days for what is in memory", () => [...policy, "--keep-days", "31"], /^--keep-days is for SQLite/],
    ["migrations of what is in memory", () => [...policy, "--migrate"], /^--migrate is for SQLite/],
    [
      "a replica of no database",
      () => [...policy, "--read-replica", "postgres://h/d"],
      /^--read-replica is for PostgreSQL/,
    ],
    [
      "a replica that is a file",
      () => [...policy, "--store", "postgres://h/d", "--read-replica", "sqlite:x"],
      /^--read-replica must be postgres/,
    ],
    [
      "a replica in no variable",
      () => [...policy, "--store", "postgres://h/d", "--read-replica", "env:NONE"],
      /^--read-replica env:NONE: the variable is not set/,
    ],
    ["a schema for a file", () => [...policy, "--store", "sqlite:x", "--schema", "s"], /^--schema is for PostgreSQL/],
    ["a bad origin", () => [...served, "--allow-origin", "app"], /^--allow-origin: /],
    ["a bad tenant", () => [...policy, "--tenant", "a b"], /^--tenant /],
    ["plain http for others", () => [...served, "--base-url", "http://bank.example"], /^--base-url: must be https/],
    ["another domain's passkeys", () => [...served, "--rp-id", "bank.example"], /^--rp-id: /],
    ["somebody else's address", () => [...served, "--host", "192.0.2.1"], /^--host 192\.0\.2\.1 is not/],
    [
      "a password for a hash",
      () => [...served, "--reviewers", fileWith("weak.json", weak)],
      /^--reviewers\[0\]\.passwordHash: /,
    ],
    ["a reviewer that is none", () => [...policy, "--reviewers", fileWith("null.json", [null])], /It must be a list/],
    ["reviewers that are no JSON", () => [...policy, "--reviewers", fileWith("x.json", "{")], /It is not JSON/],
  ])("is told of %s", async (_what, args, message) => {
    const error = await run(args()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect((error as CliError).message).toMatch(message);
    expect((error as CliError).message).not.toContain("sesame");
  });

  it.each([
    ["a method in small letters", "get /v1/users/alice HTTP/1.1", "host: a", 400],
    ["a target that is not encoded", "GET /v1/users/\u7528 HTTP/1.1", "host: a", 400],
    ["a target with a space", "GET /v1/users/a b HTTP/1.1", "host: a", 400],
    ["headers that are too large", "GET /v1/users/alice HTTP/1.1", `cookie: ${"x".repeat(20_000)}`, 431],
  ])("answers %s in the shape that clients read", async (_what, line, header, status) => {
    const { origin } = await example();
    const answer = await sendRaw(origin, Buffer.from(`${line}\r\n${header}`).toString("latin1"));
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({
      error: "invalid_request",
      errorCode: "invalid_request",
      errorDescription: expect.any(String),
    });
  });

  it("ends the wait of a client that has announced more than it sends", async () => {
    const listener = await listen("127.0.0.1", 0, { requestTimeoutMs: 50 });
    stop = listener.close;
    listener.serve((request) => void request.resume());
    const socket = connect(listener.port, "127.0.0.1");
    socket.write("POST /v1/users/alice/actions/pay HTTP/1.1\r\nhost: a\r\ncontent-length: 20\r\n\r\n{}");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(answer.slice(answer.indexOf("{")))).toMatchObject({ errorCode: "invalid_request" });
  });

  it("is told of a missing secret", async () => {
    await expect(run(served, {})).rejects.toThrow("No API secret is set. Set REQUIRE_ACTION_API_SECRET");
  });

  it("is told of a port that is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(run([...policy, "--port", `${port}`])).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken.`);
    taken.close();
  });
});
