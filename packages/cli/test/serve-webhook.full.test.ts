import type { RequestListener } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Authsignal, VerificationMethod } from "@authsignal/node";
import { serve as listen } from "@require-action-test/support/serve";
import { afterEach, expect, it } from "vitest";
import { serve } from "../src/serve/serve.ts";
import { apiSecret, send } from "./http.ts";
import { serveSettings } from "./run-here.ts";

const policy = fileURLToPath(new URL("../../../examples/policy.json", import.meta.url));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function receive(answer: (type: string) => number) {
  const { webhook } = new Authsignal({ apiSecretKey: apiSecret });
  const events: { readonly type: string; readonly data: Readonly<Record<string, string>> }[] = [];
  const listener: RequestListener = async (request, response) => {
    const event = webhook.constructEvent(await text(request), String(request.headers["x-signature-v2"]));
    events.push(event as never);
    response.writeHead(answer(event.type)).end();
  };
  const { origin, close } = await listen(listener, "127.0.0.1");
  closing.push(close);
  return { url: `${origin}/hook`, events };
}

async function run(...args: readonly string[]) {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const environment = { REQUIRE_ACTION_API_SECRET: apiSecret };
  const settings = await serveSettings(["--port", "0", "--policy", policy, ...args], environment);
  closing.push(await serve(settings, { write: print, warn: print }));
  const origin = /http:\S+/.exec(lines[0] ?? "")?.[0] ?? "";
  return { lines, origin, sdk: new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 }) };
}

const challenge = {
  verificationMethod: VerificationMethod.EMAIL_OTP as never,
  email: "alice@bank.example",
  action: "withdraw-funds",
};

it("S16: serve --webhook sends codes and news, and is the delivery of a server without --dev", async () => {
  const { url, events } = await receive(() => 200);
  const { sdk, origin, lines } = await run("--webhook", url);
  await sdk.challenge(challenge);
  expect(events).toEqual([
    expect.objectContaining({ type: "email.created", data: expect.objectContaining({ to: challenge.email }) }),
  ]);
  const attributes = { verificationMethod: VerificationMethod.EMAIL_OTP, email: challenge.email };
  await sdk.enrollVerifiedAuthenticator({ userId: "alice", attributes });
  await expect.poll(() => events.map(({ type }) => type), { timeout: 20_000 }).toContain("authenticator.created");
  expect((await fetch(`${origin}/dev/events`)).status).toBe(404);
  expect(lines.join("\n")).not.toContain(events[0]?.data["code"]);
});

it("S16: serve --page writes the texts of its codes by the name and the messages that the page has", async () => {
  const { url, events } = await receive(() => 200);
  const folder = await mkdtemp(join(tmpdir(), "require-action-texts-"));
  closing.push(() => rm(folder, { recursive: true }));
  const page = join(folder, "page.json");
  const messages = { en: { "text.code.subject": "{app} asks about {action}" } };
  await writeFile(page, JSON.stringify({ appName: "Acme Bank", messages }));
  const { sdk } = await run("--webhook", url, "--page", page);
  await sdk.challenge(challenge);
  const { data } = events[0] ?? {};
  expect(data).toMatchObject({ subject: "Acme Bank asks about Withdraw funds", language: "en" });
  expect(data?.["text"]).toContain(data?.["code"]);
});

it("S16: a webhook that fails is named with the event, without its code", async () => {
  const { url } = await receive(() => 500);
  const { sdk, lines } = await run("--webhook", url, "--webhook-event", "email.created");
  await expect(sdk.challenge(challenge)).rejects.toMatchObject({ statusCode: 503 });
  expect(lines.at(-1)).toMatch(/^webhook: email\.created [\da-f-]{36} failed: 500$/);
});

it("S16: --dev shows the events, with and without a webhook, and keeps the outbox", async () => {
  const { url } = await receive(() => 204);
  for (const args of [[], ["--webhook", url]]) {
    const { sdk, origin, lines } = await run("--dev", ...args);
    await sdk.challenge(challenge);
    const { events } = (await send(`${origin}/dev/events`, "GET")).json;
    expect(events).toEqual([expect.objectContaining({ event: expect.objectContaining({ type: "email.created" }) })]);
    const { messages } = (await send(`${origin}/dev/outbox`, "GET")).json;
    expect(messages[0]).toMatchObject({ kind: "email", code: events[0].event.data.code });
    expect(lines.join("\n")).toContain(`events      ${origin}/dev/events`);
  }
});

it.each([
  [["--webhook", "http://10.0.0.1/"], "--webhook: must be https, or http on a loopback address"],
  [["--webhook", "nowhere"], "--webhook: must be https"],
  [["--webhook", "https://bank.example/", "--webhook-event", "push.created"], "--webhook-event: must be"],
])("S16: refuses %j", async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});

it("S16: --webhook-event needs --webhook", async () => {
  const args = ["--policy", policy, "--webhook-event", "email.created"];
  await expect(serveSettings(args, {})).rejects.toThrow("--webhook-event needs --webhook");
});
