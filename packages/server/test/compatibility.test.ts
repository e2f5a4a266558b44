import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { Authsignal, VerificationMethod } from "@authsignal/node";
import { createMemoryStore } from "@require-action/engine";
import { serve } from "@require-action-test/support/serve";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebhooks } from "../src/index.ts";
import { type Operation, operations } from "./sdks/operations.ts";
import { otherSdks } from "./sdks/other-sdks.ts";
import type { Sdk } from "./sdks/sdk.ts";
import { apiSecret, completeChallenge, createHarness, enrollApp, type Harness, send } from "./harness.ts";

const require = createRequire(import.meta.url);
const here = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/** The version of an SDK as it is installed, and the text of its code. */
function installed(name: string): { readonly version: string; readonly code: string } {
  const code = readFileSync(require.resolve(name), "utf8");
  const manifest = require.resolve(name).replace(/dist\/.*$/, "package.json");
  return { version: (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version, code };
}

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness();
  await enrollApp(harness, "alice");
});
afterAll(() => harness.close());

const email = "alice@bank.example";
const key = { userId: "alice", action: "withdraw-funds" };

async function tracked(idempotencyKey: string): Promise<string> {
  return (await harness.sdk.track({ ...key, attributes: { idempotencyKey } })).token;
}

async function session() {
  const token = await completeChallenge(harness, await tracked(`s${String(harness.clock.now())}`));
  return harness.sdk.createSession({ clientId: "web", token });
}

async function verifiedChallenge(): Promise<string> {
  const { challengeId } = await harness.sdk.challenge({
    verificationMethod: VerificationMethod.EMAIL_OTP as never,
    action: key.action,
    email: "bob@bank.example",
  });
  const verificationCode = harness.messages.at(-1)?.code ?? "";
  expect(await harness.sdk.verify({ challengeId, verificationCode })).toMatchObject({ isVerified: true });
  return challengeId;
}

/** Each method of the Node SDK, called as its documentation has it, and what it answers. */
const calls: Readonly<Record<string, (sdk: Authsignal) => Promise<unknown>>> = {
  async track() {
    expect(await tracked("t")).toEqual(expect.any(String));
  },
  async validateChallenge(sdk) {
    const token = await completeChallenge(harness, await tracked("v"));
    expect(await sdk.validateChallenge({ ...key, token })).toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
    });
  },
  async getAction(sdk) {
    await tracked("g");
    expect(await sdk.getAction({ ...key, idempotencyKey: "g" })).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  },
  async updateAction(sdk) {
    await tracked("u");
    const update = { ...key, idempotencyKey: "u", attributes: { state: "BLOCK" as never } };
    expect(await sdk.updateAction(update)).toMatchObject({ state: "BLOCK" });
  },
  async queryUserActions(sdk) {
    await tracked("q");
    const [first] = await sdk.queryUserActions({ userId: "alice", actionCodes: [key.action] });
    expect(first).toMatchObject({ actionCode: key.action });
  },
  async getUser(sdk) {
    expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ isEnrolled: true });
  },
  async updateUser(sdk) {
    expect(await sdk.updateUser({ userId: "alice", attributes: { email } })).toMatchObject({ email });
  },
  async queryUsers(sdk) {
    await sdk.updateUser({ userId: "carol", attributes: { username: "carol1" } });
    expect(await sdk.queryUsers({ username: "carol1" })).toMatchObject({ users: [{ userId: "carol" }] });
  },
  async deleteUser(sdk) {
    await sdk.updateUser({ userId: "dave", attributes: { username: "dave1" } });
    await sdk.deleteUser({ userId: "dave" });
    expect(await sdk.queryUsers({ username: "dave1" })).toMatchObject({ users: [] });
  },
  async getAuthenticators(sdk) {
    expect(await sdk.getAuthenticators({ userId: "alice" })).toMatchObject([
      { verificationMethod: "AUTHENTICATOR_APP" },
    ]);
  },
  async enrollVerifiedAuthenticator(sdk) {
    const attributes = { verificationMethod: VerificationMethod.EMAIL_OTP, email };
    const { authenticator } = await sdk.enrollVerifiedAuthenticator({ userId: "erin", attributes });
    expect(authenticator).toMatchObject({ userId: "erin", email });
  },
  async deleteAuthenticator(sdk) {
    await enrollApp(harness, "frank");
    const [{ userAuthenticatorId } = { userAuthenticatorId: "" }] = await sdk.getAuthenticators({ userId: "frank" });
    await sdk.deleteAuthenticator({ userId: "frank", userAuthenticatorId });
    expect(await sdk.getAuthenticators({ userId: "frank" })).toEqual([]);
  },
  async challenge(sdk) {
    const asked = {
      verificationMethod: VerificationMethod.SMS as never,
      action: key.action,
      phoneNumber: "+6421000000",
    };
    expect(await sdk.challenge(asked)).toMatchObject({ challengeId: expect.any(String) });
  },
  verify: () => verifiedChallenge(),
  async getChallenge(sdk) {
    expect(await sdk.getChallenge({ challengeId: await verifiedChallenge() })).toMatchObject({ action: key.action });
  },
  async claimChallenge(sdk) {
    const { token } = await sdk.claimChallenge({ challengeId: await verifiedChallenge(), userId: "bob" });
    expect(await sdk.validateChallenge({ token })).toMatchObject({ isValid: true, userId: "bob" });
  },
  async createSession() {
    expect(await session()).toEqual({ accessToken: expect.any(String), refreshToken: expect.any(String) });
  },
  async validateSession(sdk) {
    const { accessToken } = await session();
    expect(await sdk.validateSession({ accessToken })).toMatchObject({ user: { userId: "alice" } });
  },
  async refreshSession(sdk) {
    const { accessToken } = await sdk.refreshSession(await session());
    expect(await sdk.validateSession({ accessToken })).toMatchObject({ user: { userId: "alice" } });
  },
  async revokeSession(sdk) {
    const { accessToken } = await session();
    await sdk.revokeSession({ accessToken });
    await expect(sdk.validateSession({ accessToken })).rejects.toMatchObject({ statusCode: 401 });
  },
  async revokeUserSessions(sdk) {
    const { accessToken } = await session();
    await sdk.revokeUserSessions({ userId: "alice" });
    await expect(sdk.validateSession({ accessToken })).rejects.toMatchObject({ statusCode: 401 });
  },
};

/** What the Node SDK exports besides, and what becomes of it. */
const besides: Readonly<Record<string, string>> = {
  "webhook.constructEvent": "works",
  CallConnect: "`not_supported`: calls are placed by Authsignal's own service",
  "handleAuth0ExecutePostLogin, handleAuth0ContinuePostLogin":
    "works, called with an event and an API as Auth0's Actions have them",
};

/** Methods of the browser SDK that a test in Chromium does not call, and why. */
const notInChromium: Readonly<Record<string, string>> = {
  "push.verify": "`not_supported`, as `push.challenge`",
  "qrCode.challenge": "`not_supported`: there is no device application",
  "qrCode.refresh": "`not_supported`, as `qrCode.challenge`",
  "qrCode.disconnect": "no call: it ends what `qrCode.challenge` began",
  "passkey.doesBrowserSupportConditionalCreate": "no call: it asks the browser",
  "passkey.storeCredentialAgainstDevice": "no call: it writes to the page's storage",
  initAdvancedProfiling: "no call: it loads a script of another company",
};

/** Called in Chromium, to see that they are refused. */
const refused: ReadonlySet<string> = new Set(["push.challenge"]);

const namespaces: Readonly<Record<string, string>> = {
  Authsignal: "",
  Email: "email.",
  EmailMagicLink: "emailML.",
  Passkey: "passkey.",
  Push: "push.",
  QrCode: "qrCode.",
  SecurityKey: "securityKey.",
  Sms: "sms.",
  Totp: "totp.",
  Whatsapp: "whatsapp.",
};

/** The methods of the browser SDK, as its code has them. Those that `launch` calls are its own. */
function browserMethods(code: string): readonly string[] {
  return [...code.matchAll(/^ {4}([A-Z]\w+)\.prototype\.(\w+) = function/gm)].flatMap(([, type = "", method = ""]) => {
    const namespace = namespaces[type];
    return namespace === undefined || method.startsWith("launchWith") ? [] : [namespace + method];
  });
}

/** The tests that run the unmodified SDK in Chromium. */
const inChromium = ["client-api/browser/", "pages/"]
  .flatMap((folder) => readdirSync(new URL(folder, import.meta.url)).map((file) => here(`${folder}${file}`)))
  .join("\n");

/** By the names that the tests have for the SDK. */
function isCalled(method: string): boolean {
  return ["authsignal", "client"].some((name) => inChromium.includes(`${name}.${method}(`));
}

function statusInBrowser(method: string): string {
  if (refused.has(method)) return "`not_supported`: there is no device application";
  if (["emailML.enroll", "emailML.challenge"].includes(method)) return "works; show its `matchingNumber`";
  return isCalled(method) ? "works" : (notInChromium[method] ?? "");
}

const node = installed("@authsignal/node");
const browser = installed("@authsignal/browser");
const nodeMethods = Object.getOwnPropertyNames(Authsignal.prototype).filter(
  (name) => name !== "constructor" && name !== "getRequestConfig",
);

describe(`@authsignal/node ${node.version}`, () => {
  it.each(nodeMethods)("%s works", async (method) => {
    expect(calls[method]).toBeDefined();
    await calls[method]?.(harness.sdk);
  });

  it("webhook.constructEvent works", async () => {
    const types: string[] = [];
    const receiver = await serve(async (request, response) => {
      const signature = String(request.headers["x-signature-v2"]);
      types.push(harness.sdk.webhook.constructEvent(await text(request), signature).type);
      response.end();
    }, "127.0.0.1");
    const options = { url: receiver.origin, apiSecrets: [apiSecret], tenantId: "bank", store: createMemoryStore() };
    const { beforeApproval } = createWebhooks(options).engineOptions;
    const approval = { ...key, idempotencyKey: "k", at: Date.now() };
    expect(await beforeApproval?.(approval, new AbortController().signal)).toBe(true);
    expect(types).toEqual(["action.verify"]);
    await receiver.close();
  });
});

describe(`@authsignal/browser ${browser.version}`, () => {
  it("has each method called in Chromium, or a reason", () => {
    const methods = browserMethods(browser.code);
    expect(methods.length).toBeGreaterThan(25);
    expect(methods.filter((method) => statusInBrowser(method) === "")).toEqual([]);
    // A reason goes when the method works.
    expect(Object.keys(notInChromium).filter(isCalled)).toEqual([]);
    expect(Object.keys(notInChromium).filter((method) => !methods.includes(method))).toEqual([]);
  });
});

/** The hook of `@authsignal/react`, as its code has it. The screens that it opens call the browser SDK within it. */
const reactMethods = ["startChallenge", "startChallengeAsync"];

describe("@authsignal/react 0.2.2, as its code has it", () => {
  it.each(reactMethods)("S9: %s opens what the user can answer with, and the answer completes", async () => {
    const token = await tracked(`r${String(harness.clock.now())}`);
    const headers = { accept: "application/json", authorization: `Bearer ${token}` };
    const { status, json } = await send(`${harness.origin}/v1/client/init`, "POST", {}, headers);
    expect([status, json.challengeOptions]).toMatchObject([
      200,
      { token, defaultVerificationMethod: "AUTHENTICATOR_APP", verificationMethods: ["AUTHENTICATOR_APP"] },
    ]);
    const result = await completeChallenge(harness, json.challengeOptions.token);
    expect(await harness.sdk.validateChallenge({ ...key, token: result })).toMatchObject({ isValid: true });
  });
});

/** Operations that one of the other SDKs has, in the order of the Node SDK. */
const operationNames = (Object.keys(operations) as Operation[]).filter((operation) =>
  otherSdks.some(({ methods }) => methods[operation] !== undefined),
);

/** The other server SDKs, side by side. Each cell is what a test of `sdks` makes sure of. */
function otherTable(): string {
  const faults: string[] = [];
  const cell = ({ name: sdk, methods }: Sdk, operation: Operation): string => {
    const method = methods[operation];
    if (method === undefined) return "–";
    if (method.strictFault !== undefined)
      faults.push(`- ${sdk}, \`${method.name}\`: ${method.strictFault}, so the profile \`strict\` refuses it.`);
    if (method.fault === undefined) return `\`${method.name}\``;
    faults.push(`- ${sdk}, \`${method.name}\`: ${method.fault}.`);
    return `\`${method.name}\`: no`;
  };
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = operationNames.map((operation) => row(otherSdks.map((sdk) => cell(sdk, operation))));
  const webhooks = otherSdks.map(({ webhookData }) => (webhookData === undefined ? "–" : "webhook events"));
  return [
    row(otherSdks.map(({ name, version }) => `${name} ${version}`)),
    row(otherSdks.map(() => "---")),
    ...rows,
    row(webhooks),
    "",
    ...faults,
    ...otherSdks.flatMap(({ name, notes = [] }) => notes.map((note) => `- ${name}: ${note}.`)),
  ].join("\n");
}

/** One table of both SDKs, method by method. */
function table(): string {
  const rows = [
    ...nodeMethods.map((method) => ["Node", method, "works"]),
    ...Object.entries(besides).map(([name, status]) => ["Node", name, status]),
    ...browserMethods(browser.code).map((method) => ["Browser", method, statusInBrowser(method)]),
    ...reactMethods.map((method) => ["React", method, "works; its screens are the browser SDK's methods"]),
  ];
  return [
    `| SDK | Method | Against this server |`,
    "| --- | --- | --- |",
    ...rows.map(([sdk, method = "", status]) => `| ${sdk} | ${method.replaceAll(/[\w.]+/g, "`$&`")} | ${status} |`),
  ].join("\n");
}

// After a change: npx vitest run packages/server/test/compatibility.test.ts --update
it("S18: the README says what works, method by method", async () => {
  const readme = here("../README.md");
  const between = /(<!-- compatibility -->\n)[^]*?(\n<!-- \/compatibility -->)/;
  expect(readme).toMatch(between);
  const intro = `Tests call \`@authsignal/node\` ${node.version} and, in Chromium, \`@authsignal/browser\` ${browser.version}, unmodified, and send what the hook of \`@authsignal/react\` 0.2.2 sends:`;
  const others =
    "The other server SDKs: tests send over HTTP what each of these methods sends, and read the answer by the types that it declares. Those of Go (1.19), Java (17), PHP (8.2), Python (3.11) and Ruby (3.1) were run as well, unmodified, against `require-action serve`, every method and its refusals, with the results below; .NET was read, not run. They work where no fault is named below; a dash is a method that the SDK does not have.";
  const tables = [intro, `<!-- prettier-ignore -->\n${table()}`, others, `<!-- prettier-ignore -->\n${otherTable()}`];
  const written = readme.replace(
    between,
    () => `<!-- compatibility -->\n\n${tables.join("\n\n")}\n\n<!-- /compatibility -->`,
  );
  await expect(written).toMatchFileSnapshot("../README.md");
});
