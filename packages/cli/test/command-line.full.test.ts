import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authsignal } from "@authsignal/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { examplePolicy, killAll, ready, run, type Run } from "./command-process.ts";
import { apiSecret, basic, send } from "./http.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-cli-"));
});
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true }));

const serve = (...args: readonly string[]): Run =>
  run(["serve", "--port", "0", "--policy", examplePolicy, ...args], { REQUIRE_ACTION_API_SECRET: apiSecret });
const withdrawal = { amount: "500", currency: "EUR", payee: "DE89370400440532013000", payeeCountry: "DE" };

describe("require-action serve", () => {
  it("prints one line when it is ready, serves the SDK, and stops at SIGTERM", async () => {
    const server = serve("--allow-origin", "https://app.example", "--tenant", "bank");
    const origin = await server.printed(ready);
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
    const attributes = { custom: withdrawal, redirectUrl: "https://app.example/" };
    const { state, isEnrolled, url } = await sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
    expect([state, isEnrolled]).toEqual(["ALLOW", false]);
    const { port } = new URL(origin);
    expect(new URL(url).origin).toBe(`http://localhost:${port}`);
    expect((await send(`${origin}/healthz`, "GET")).json).toEqual({ status: "ok" });
    expect((await send(`${origin}/dev/outbox`, "GET", undefined, { authorization: basic(apiSecret) })).status).toBe(
      404,
    );
    server.child.kill("SIGTERM");
    expect(await server.ended).toEqual({
      code: 0,
      output: `require-action is ready at ${origin} (profile authsignal)\n`,
      errors: expect.stringMatching(/^WARNING: --store memory .*\n$/),
    });
  });

  it("makes a secret and a reviewer in development, and shows codes, links and requests", async () => {
    const server = run(["serve", "--port", "0", "--policy", examplePolicy, "--dev"]);
    const origin = await server.printed(ready);
    const secret = await server.printed(/API secret +(\S+) \(made/);
    const password = await server.printed(/password (\S+)\)/);
    expect(Math.min(secret.length, password.length)).toBeGreaterThanOrEqual(16);
    const sdk = new Authsignal({ apiSecretKey: secret, apiUrl: `${origin}/v1`, retries: 0 });
    const email = "alice@bank.example";
    await sdk.track({ userId: "alice", action: "add-authenticator" });
    const link = await server.printed(/link (\S+)/);
    expect(link.length).toBeLessThan(60);
    const { headers } = await fetch(link, { redirect: "manual" });
    expect(headers.get("location")).toContain("/challenge?token=");
    expect((await send(`${origin}/`, "GET")).text).toContain("add-authenticator");
    await sdk.challenge({ verificationMethod: "EMAIL_OTP" as never, action: "add-authenticator", email });
    const code = await server.printed(/code (\d{6}) to alice@bank\.example/);
    const { messages } = (await send(`${origin}/dev/outbox`, "GET")).json;
    expect(messages).toEqual([
      expect.objectContaining({ kind: "email", to: email, code }),
      expect.objectContaining({ kind: "link", userId: "alice", action: "add-authenticator" }),
    ]);
    expect(await server.printed(/time +action +user +outcome +rule/)).toBeDefined();
    expect(await server.printed(/add-authenticator +alice +CHALLENGE +default/)).toBeDefined();
  });

  it("takes a changed policy over, and keeps the one before when the new one is broken", async () => {
    const file = join(folder, "policy.json");
    const write = (policy: object): void => writeFileSync(file, JSON.stringify(policy));
    write({ actions: { "sign-in": { defaultOutcome: "ALLOW" } } });
    const environment = { REQUIRE_ACTION_API_SECRET: apiSecret };
    const server = run(["serve", "--port", "0", "--policy", file, "--dev"], environment);
    const origin = await server.printed(ready);
    const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
    const state = async (): Promise<string> => (await sdk.track({ userId: "alice", action: "sign-in" })).state;
    expect(await state()).toBe("ALLOW");
    write({ actions: { "sign-in": { defaultOutcome: "BLOCK" } } });
    await server.printed(/is in force/);
    expect(await state()).toBe("BLOCK");
    write({ actions: { "sign-in": { defaultOutcome: "ALOW" }, "sign-out": { rules: 7 } }, list: {} });
    const mistakes = await server.printed(/the one before stays:\n((?: {2}.*\n)+)/);
    expect(mistakes).toMatch(/^ {2}1:\d+ {2}actions\.sign-in\.defaultOutcome: .*did you mean ALLOW\?$/m);
    expect(mistakes).toMatch(/^ {2}1:\d+ {2}actions\.sign-out\.rules: /m);
    expect(mistakes).toMatch(/^ {2}1:\d+ {2}list: .*did you mean lists\?$/m);
    expect(await state()).toBe("BLOCK");
  });

  it("lets requests under way finish at SIGTERM, and takes no more", async () => {
    const server = serve();
    const origin = await server.printed(ready);
    const { port } = new URL(origin);
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from("{"));
        // In the middle of a request.
        await send(`${origin}/healthz`, "GET");
        server.child.kill("SIGTERM");
        await refused(Number(port));
        controller.enqueue(Buffer.from("}"));
        controller.close();
      },
    });
    const headers = { authorization: basic(apiSecret), "content-type": "application/json" };
    const init = { method: "PATCH", headers, body, duplex: "half" } as RequestInit;
    expect((await fetch(`${origin}/v1/users/alice`, init)).status).toBe(200);
    expect((await server.ended).code).toBe(0);
  });

  it("F31: is not ready from SIGTERM on, and answers all the same for as long as it is told to drain", async () => {
    const server = serve("--drain-seconds", "600");
    const origin = await server.printed(ready);
    const healthz = () => send(`${origin}/healthz`, "GET");
    expect((await healthz()).status).toBe(200);
    server.child.kill("SIGTERM");
    await expect.poll(async () => (await healthz()).status).toBe(503);
    const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
    expect((await sdk.track({ userId: "alice", action: "add-authenticator" })).state).toBe("ALLOW");
    // Whoever keeps a connection is sent elsewhere.
    expect((await healthz()).headers.get("connection")).toBe("close");
    // Another signal waits for nobody.
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(null);
  });

  it("F31: ends in order when it has drained, and without that at Ctrl-C", async () => {
    const [drained, interrupted] = [serve("--drain-seconds", "1"), serve("--drain-seconds", "600")];
    await Promise.all([drained.printed(ready), interrupted.printed(ready)]);
    drained.child.kill("SIGTERM");
    interrupted.child.kill("SIGINT");
    expect([(await drained.ended).code, (await interrupted.ended).code]).toEqual([0, 0]);
  });
});

/** Resolves once nobody listens there any more. */
async function refused(port: number): Promise<void> {
  for (;;) {
    try {
      await send(`http://127.0.0.1:${port}/healthz`, "GET");
    } catch {
      return;
    }
  }
}

describe("a command that is wrong", () => {
  const given = { REQUIRE_ACTION_API_SECRET: apiSecret };

  it.each([
    [["server"], "Unknown command 'server'. Did you mean serve?"],
    [[], "Usage: require-action "],
    [["serve", "--policy", join(tmpdir(), "no-such.json"), "--port", "0"], "There is no such file.\n"],
  ])("ends with exit code 2, a message and no stack: %j", async (args, message) => {
    const { code, output, errors } = await run(args, given).ended;
    expect([code, output]).toEqual([2, ""]);
    expect(errors).toContain(message);
    expect(errors).not.toMatch(/^ +at |Error:/m);
  });

  it("is none when whoever reads its output has gone: a server goes on serving", async () => {
    const server = run(["serve", "--port", "0", "--policy", examplePolicy, "--dev"]);
    const origin = await server.printed(ready);
    const secret = await server.printed(/API secret +(\S+) \(made/);
    server.child.stdout?.destroy();
    const sdk = new Authsignal({ apiSecretKey: secret, apiUrl: `${origin}/v1`, retries: 0 });
    for (let time = 0; time < 3; time++) await sdk.track({ userId: "alice", action: "add-authenticator" });
    expect((await send(`${origin}/healthz`, "GET")).json).toEqual({ status: "ok" });
    server.child.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0, errors: "" });
  });

  it("is none that asks for help", async () => {
    const { code, output, errors } = await run(["policy", "test", "--help"]).ended;
    expect([code, errors]).toEqual([0, ""]);
    expect(output).toMatch(/^Usage: require-action policy test /);
  });

  it("is none that asks for the version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(await run(["--version"]).ended).toEqual({ code: 0, output: `${version}\n`, errors: "" });
  });

  it("says so of a port that is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, errors } = await run(["serve", "--policy", examplePolicy, "--port", `${port}`], given).ended;
    expect([code, errors]).toEqual([
      2,
      `Port ${port} of 127.0.0.1 is taken. Choose another with --port, or 0 for any that is free.\n`,
    ]);
    taken.close();
  });
});

describe("require-action hash-password", () => {
  it("makes the hash that --reviewers takes, and never shows the password", async () => {
    const { code, output, errors } = await run(["hash-password"], {}, "correct horse battery staple\n").ended;
    expect([code, errors]).toEqual([0, ""]);
    const file = join(folder, "good-reviewers.json");
    writeFileSync(file, JSON.stringify([{ id: "rita", passwordHash: output.trim() }]));
    expect(readFileSync(file, "utf8")).not.toContain("horse");
    const server = serve("--reviewers", file);
    const origin = await server.printed(ready);
    expect((await send(`${origin}/console/sign-in`, "GET")).text).toContain("<form");
  });
});
