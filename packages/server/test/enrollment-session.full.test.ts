import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { codeAt } from "@require-action-test/support/codes";
import { serve } from "@require-action-test/support/serve";
import { createEngine, type Engine } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createServer, type FetchHandler, type ServerOptions, toNodeHandler } from "../src/index.ts";
import { findingsOf } from "./axe-findings.ts";
import { apiSecret, policy, sharedSecret, tenantId } from "./harness.ts";

/** With `CONSOLE_PICTURES`, a folder for pictures. */
const pictures = process.env["CONSOLE_PICTURES"];

const ORIGIN = "https://bank.example";
const sessionOf = (request: Request) => /(?:^|; )session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1];
let keys = 0;

interface Bank {
  readonly engine: Engine;
  readonly server: FetchHandler;
  /** Asks for a withdrawal: the token, and the link that carries it. */
  ask(userId: string, scope?: string): Promise<{ readonly token: string; readonly url: string; readonly key: object }>;
  /** Calls as a browser with this user's session does, and resolves to status and body. */
  call(
    path: string,
    token: string,
    session?: string,
    body?: object,
    method?: string,
  ): Promise<readonly [status: number, body: any]>;
}

function openBank(options: Partial<ServerOptions> = {}, origin = ORIGIN): Bank {
  const secrets = ["an engine secret for tests, 32 bytes long"];
  const engine = createEngine({ policy, secrets, issuer: ORIGIN, baseUrl: origin });
  const server = createServer(engine, {
    apiSecrets: [apiSecret],
    tenantId,
    enrollmentUser: sessionOf,
    ...options,
  });
  return {
    engine,
    server,
    async ask(userId, scope) {
      const key = { userId, action: "withdraw-funds", idempotencyKey: `key-${++keys}` };
      const { signal } = new AbortController();
      const attributes = { idempotencyKey: key.idempotencyKey, ...(scope === undefined ? {} : { scope }) };
      const { token = "", url = "" } = await engine.track({ ...key, attributes }, { signal });
      return { token, url, key };
    },
    async call(path, token, session, body = {}, method = "POST") {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        ...(session === undefined ? {} : { cookie: `session=${session}` }),
      };
      const given = method === "GET" ? {} : { body: JSON.stringify(body) };
      const response = await server(new Request(`${ORIGIN}${path}`, { method, headers, ...given }));
      return [response.status, await response.json()];
    },
  };
}

async function enrol({ engine }: Bank, userId: string): Promise<void> {
  const otpUri = `otpauth://totp/bank:${userId}?secret=${sharedSecret}&issuer=bank`;
  await engine.authenticators.enrollVerified(userId, { verificationMethod: "AUTHENTICATOR_APP", otpUri });
}

describe("T75: an enrolment link, where the server knows who is signed in", () => {
  it.each([
    ["nobody's session", undefined],
    ["another user's session", "mallory"],
  ])("is worth nothing with %s: it shows nothing and changes nothing", async (_what, session) => {
    const bank = openBank();
    const { token, key } = await bank.ask("alice");
    for (const path of [
      "/challenge/init",
      "/challenge/authenticator-app",
      "/challenge/phone",
      "/v1/client/init",
      "/v1/client/challenge/describe",
      "/v1/client/challenge/deny",
      "/v1/client/user-authenticators/totp",
      "/v1/client/user-authenticators/passkey/registration-options",
      "/v1/client/user-authenticators/passkey/registration-options/web",
      "/v1/client/verify/totp",
    ]) {
      const [status, body] = await bank.call(path, token, session, { verificationCode: "000000" });
      expect([path, status, JSON.stringify(body).includes("secret")]).toEqual([path, 401, false]);
    }
    const [status] = await bank.call("/v1/client/user-authenticators", token, session, undefined, "GET");
    expect(status).toBe(401);
    expect(await bank.engine.authenticators.list("alice")).toEqual([]);
    expect(await bank.engine.actions.find(key as never)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it("enrols its own user, who is signed in; a thief who has seen the secret does not complete it", async () => {
    const bank = openBank();
    const { token } = await bank.ask("alice");
    const [begun, { secret }] = await bank.call("/v1/client/user-authenticators/totp", token, "alice");
    expect(begun).toBe(200);
    const answer = { verificationCode: codeAt(secret, Date.now()) };
    expect((await bank.call("/v1/client/verify/totp", token, undefined, answer))[0]).toBe(401);
    const [status, verified] = await bank.call("/v1/client/verify/totp", token, "alice", answer);
    expect([status, verified.isVerified]).toEqual([200, true]);
    expect(await bank.engine.authenticators.list("alice")).not.toEqual([]);
  });

  it("is not needed to answer a challenge with an authenticator that the user has", async () => {
    const bank = openBank();
    await enrol(bank, "alice");
    const { token } = await bank.ask("alice");
    expect((await bank.call("/challenge/init", token))[1]).toMatchObject({ screen: "challenge" });
    const [status, { isVerified }] = await bank.call("/v1/client/verify/totp", token, undefined, {
      verificationCode: codeAt(sharedSecret, Date.now()),
    });
    expect([status, isVerified]).toEqual([200, true]);
  });

  it("adds and removes nothing by a scope of the backend's without the user's session", async () => {
    const bank = openBank();
    await enrol(bank, "alice");
    const [own] = await bank.engine.authenticators.list("alice");
    const { token } = await bank.ask("alice", "add:authenticators remove:authenticators");
    const path = `/v1/client/user-authenticators/${own!.userAuthenticatorId}`;
    expect((await bank.call("/v1/client/user-authenticators/totp", token, "mallory"))[0]).toBe(401);
    expect((await bank.call(path, token, undefined, {}, "DELETE"))[0]).toBe(401);
    expect((await bank.call(path, token, undefined, { name: "Mine" }, "PATCH"))[0]).toBe(401);
    expect(await bank.engine.authenticators.list("alice")).toHaveLength(1);
    expect((await bank.call("/v1/client/user-authenticators/totp", token, "alice"))[0]).toBe(200);
    expect((await bank.call(path, token, "alice", {}, "DELETE"))[0]).toBe(200);
  });

  it("fails closed where the session cannot be read, and says of a bad token what it always says", async () => {
    const broken = openBank({
      enrollmentUser: () => {
        throw new Error("canary");
      },
    });
    const { token } = await broken.ask("alice");
    const [status, body] = await broken.call("/v1/client/user-authenticators/totp", token, "alice");
    expect([status, JSON.stringify(body).includes("canary")]).toEqual([500, false]);
    expect(await broken.engine.authenticators.list("alice")).toEqual([]);
    expect((await openBank().call("/challenge/init", "no token", "alice"))[0]).toBe(401);
  });

  it("enrols whoever holds it where the server does not know", async () => {
    const bank = openBank({ enrollmentUser: undefined as never });
    const { token } = await bank.ask("alice");
    expect((await bank.call("/v1/client/user-authenticators/totp", token))[0]).toBe(200);
  });

  it.skipIf(!hasChromium)("opens in the user's browser, and in no other", { timeout: 120_000 }, async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    const served = await serve(toNodeHandler((request, environment) => server(request, environment)));
    const bank = openBank({}, served.origin);
    server = bank.server;
    const { url } = await bank.ask("alice");
    const browser = await launchChromium();

    const stranger = await browser.newContext({ locale: "en" });
    const seen = await stranger.newPage();
    await seen.goto(url);
    await seen.getByRole("heading", { name: "Sign in first" }).waitFor();
    for (const width of [1280, 360]) {
      await seen.setViewportSize({ width, height: 800 });
      await seen.emulateMedia({ colorScheme: width === 360 ? "dark" : "light" });
      expect(await findingsOf(seen)).toEqual([]);
      if (pictures !== undefined) await seen.screenshot({ path: `${pictures}/sign-in-first-${width}.png` });
    }
    // The way on: the link works in this very tab once its user has signed in.
    await seen.getByRole("button", { name: "Try again" }).click();
    await seen.getByRole("heading", { name: "Sign in first" }).waitFor();
    await stranger.addCookies([{ name: "session", value: "alice", url: served.origin }]);
    await seen.getByRole("button", { name: "Try again" }).click();
    await seen.getByRole("heading", { name: "Sign in first" }).waitFor({ state: "detached" });
    await seen
      .getByRole("button", { name: "Authenticator app" })
      .or(seen.getByRole("img", { name: "QR code" }))
      .first()
      .waitFor();
    await stranger.close();

    const context = await browser.newContext({ locale: "en" });
    await context.addCookies([{ name: "session", value: "alice", url: served.origin }]);
    const page = await context.newPage();
    await page.goto(url);
    await page
      .getByRole("button", { name: "Authenticator app" })
      .or(page.getByRole("img", { name: "QR code" }))
      .first()
      .waitFor();
    if (await page.getByRole("button", { name: "Authenticator app" }).isVisible()) {
      await page.getByRole("button", { name: "Authenticator app" }).click();
    }
    await page.getByText("Type the key instead").click();
    const secret = (await page.locator(".secret").innerText()).replaceAll(/\s/g, "");
    await page.getByRole("textbox").fill(codeAt(secret, Date.now()));
    await page.getByRole("heading", { name: "Save your recovery codes" }).waitFor();
    await context.close();
    await served.close();
  });
});
