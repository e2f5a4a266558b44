import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { codeAt } from "@require-action-test/support/codes";
import { serve, type Served } from "@require-action-test/support/serve";
import { type CodeMessage, createEngine, type Engine, type EngineOptions, type Policy } from "@require-action/engine";
import { createClientApi } from "../../src/client-api/index.ts";
import { createRouter } from "../../src/http/router.ts";
import { type FetchHandler, toNodeHandler } from "../../src/index.ts";
import type { ManualClock } from "@require-action/testing";
import type { ChallengePageOptions } from "../../src/pages/challenge-page-options.ts";
import { createPageRoutes } from "../../src/pages/create-page-routes.ts";

/** Where an application is returned to that is no page. */
export const appScheme = "com.example.bank://done";

export const minute = 60_000;

export const policy: Policy = {
  actions: {
    "withdraw-funds": { defaultOutcome: "CHALLENGE" },
    "change-password": { defaultOutcome: "CHALLENGE", verificationMethods: ["AUTHENTICATOR_APP"] },
    "call-home": { defaultOutcome: "CHALLENGE", verificationMethods: ["SMS"] },
    "move-house": { defaultOutcome: "CHALLENGE", verificationMethods: ["PASSKEY"] },
    "pay-out": {
      defaultOutcome: "CHALLENGE",
      firstFactor: "before",
      verificationMethods: ["AUTHENTICATOR_APP"],
    },
    "read-mail": { defaultOutcome: "CHALLENGE", verificationMethods: ["EMAIL_OTP"] },
    "close-account": { defaultOutcome: "CHALLENGE", verificationMethods: ["AUTHENTICATOR_APP", "EMAIL_OTP"] },
  },
};

/** A server that keeps what it was asked. */
export interface TestServer extends Served {
  readonly requests: { readonly url: string; readonly referer: string | undefined }[];
}

/** Serves a handler under a name of this machine. */
async function serveHandler(handler: FetchHandler, host: string): Promise<TestServer> {
  const requests: TestServer["requests"] = [];
  const listener = toNodeHandler(handler);
  const served = await serve((request, response) => {
    requests.push({ url: request.url ?? "", referer: request.headers.referer });
    void listener(request, response);
  }, host);
  return { ...served, requests };
}

const sdk = readFileSync(createRequire(import.meta.url).resolve("@authsignal/browser"), "utf8");

/** What Authsignal's browser SDK told, and each message that came in. */
interface Launched {
  readonly result: Promise<{ readonly token?: string }>;
  readonly errors: readonly { readonly errorCode: string; readonly statusCode: number }[];
  readonly messages: readonly { readonly origin: string; readonly data: unknown }[];
}

declare global {
  // What an application's page at `/launch` has.
  var launch: (url: string, mode: string) => void;
  var launched: Launched;
  var isReady: boolean | undefined;
}

/** Any application's pages: `/launch` has Authsignal's own browser SDK, unmodified, in a function `launch(url, mode)`. */
async function application(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/sdk.js") return new Response(sdk, { headers: { "content-type": "text/javascript" } });
  return new Response(
    `<!doctype html><html lang="en"><title>App</title><h1>Back in the app</h1><script type="module">
    import { Authsignal } from "/sdk.js";
    const messages = [];
    const errors = [];
    addEventListener("message", ({ origin, data }) => messages.push({ origin, data }));
    window.launch = (url, mode) => {
      const client = new Authsignal({ tenantId: "bank" });
      const result = client.launch(url, { mode, onError: (error) => errors.push(error) });
      window.launched = { result, errors, messages };
    };
    window.isReady = true;
    </script></html>`,
    {
      headers: {
        "content-type": "text/html",
        "referrer-policy": searchParams.get("referrer-policy") ?? "strict-origin-when-cross-origin",
      },
    },
  );
}

export interface Harness {
  readonly engine: Engine;
  /** Real time, which tests move on. */
  readonly clock: ManualClock;
  readonly mails: CodeMessage[];
  readonly texts: CodeMessage[];
  /** Where the challenge page is. */
  readonly pages: TestServer;
  /** Where the application is, which the page knows. */
  readonly app: TestServer;
  /** Somebody else. */
  readonly stranger: TestServer;
  /** Stops answering for a while, as a network does. */
  readonly network: { isDown: boolean };
  close(): Promise<void>;
}

/** A real engine behind its Client API and the challenge page, an application, and a stranger. */
export async function createHarness(
  options: { readonly engine?: Partial<EngineOptions>; readonly pages?: ChallengePageOptions } = {},
): Promise<Harness> {
  let offset = 0;
  const clock: ManualClock = {
    now: () => Date.now() + offset,
    advance: (ms) => void (offset += ms),
    setBack: (ms) => void (offset -= ms),
  };
  const mails: CodeMessage[] = [];
  const texts: CodeMessage[] = [];
  const network = { isDown: false };
  // Passkeys work on localhost only; the stranger is of another site.
  const [app, stranger] = await Promise.all([
    serveHandler(application, "localhost"),
    serveHandler(application, "127.0.0.1"),
  ]);
  // Where the page is must be known to what is served there.
  let handler: FetchHandler = async () => new Response(undefined, { status: 503 });
  const pages = await serveHandler(async (request) => {
    if (network.isDown && request.method !== "GET") return new Response("<h1>Bad gateway</h1>", { status: 502 });
    return handler(request);
  }, "localhost");
  const engine = createEngine({
    policy,
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: pages.origin,
    delivery: {
      sendEmail: async (message) => void mails.push(message),
      sendSms: async (message) => void texts.push(message),
    },
    passkeys: { rpId: "localhost", origins: [pages.origin], topOrigins: [app.origin] },
    clock,
    ...options.engine,
  });
  const client = createClientApi(engine, { tenantId: "bank", basePath: "/client" });
  const page = createRouter(
    createPageRoutes(engine, {
      allowedOrigins: [app.origin, appScheme],
      appName: "Acme Bank",
      clock,
      ...options.pages,
    }),
  );
  handler = (request) => (new URL(request.url).pathname.startsWith("/client/") ? client(request) : page(request));
  return {
    engine,
    clock,
    mails,
    texts,
    pages,
    app,
    stranger,
    network,
    close: async () => void (await Promise.all([pages.close(), app.close(), stranger.close()])),
  };
}

let keys = 0;

/** Tracks an action as a guard does that binds all of `custom`, and answers with where the user is sent. */
export async function track(
  { engine }: Harness,
  userId: string,
  {
    action = "withdraw-funds",
    ...attributes
  }: { readonly action?: string } & Partial<Parameters<Engine["track"]>[0]["attributes"]> = {},
): Promise<{ readonly url: string; readonly token: string; readonly key: Parameters<Engine["actions"]["find"]>[0] }> {
  const idempotencyKey = `key-${++keys}`;
  const { url = "", token = "" } = await engine.track(
    {
      userId,
      action,
      attributes: { idempotencyKey, ...attributes },
      ...(attributes.custom && { boundFields: Object.keys(attributes.custom) }),
    },
    { signal: new AbortController().signal },
  );
  return { url, token, key: { userId, action, idempotencyKey } };
}

export const appSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/** Gives a user an authenticator app that shows the codes of {@link appSecret}. */
export async function giveApp({ engine }: Harness, userId: string): Promise<void> {
  await engine.authenticators.enrollVerified(userId, {
    verificationMethod: "AUTHENTICATOR_APP",
    otpUri: `otpauth://totp/bank:${userId}?secret=${appSecret}&issuer=bank`,
  });
}

/** Gives a user an e-mail address that codes are sent to. */
export async function giveEmail({ engine }: Harness, userId: string, email = "alice@mail.example"): Promise<void> {
  await engine.authenticators.enrollVerified(userId, { verificationMethod: "EMAIL_OTP", email });
}

/** The code that an authenticator app shows now. */
export function appCode({ clock }: Harness, secret = appSecret): string {
  return codeAt(secret, clock.now());
}
