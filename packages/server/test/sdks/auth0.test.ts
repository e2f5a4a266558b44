import { handleAuth0ContinuePostLogin, handleAuth0ExecutePostLogin } from "@authsignal/node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { apiSecret, appOrigin, completeChallenge, createHarness, enrollApp, type Harness } from "../harness.ts";

// Auth0's Actions call these two, with an event and an API of Auth0's own.

/** As Auth0 writes ids. */
const userId = "auth0|65f0c1";
const policy = {
  actions: { "auth0-login": { defaultOutcome: "CHALLENGE" }, "closed-login": { defaultOutcome: "BLOCK" } },
} as const;

let harness: Harness;
beforeEach(async () => void (harness = await createHarness({ engine: { policy } })));
afterEach(() => harness.close());

/** A login at Auth0: what the SDK has it do, in order. */
function login(query: Readonly<Record<string, string>> = {}) {
  const did: string[][] = [];
  const note =
    (what: string) =>
    (...given: readonly string[]): void =>
      void did.push([what, ...given]);
  const event = {
    user: { user_id: userId, email: "alice@bank.example" },
    request: { ip: "203.0.113.7", user_agent: "a browser", hostname: "login.bank.example", query },
    secrets: { AUTHSIGNAL_SECRET: apiSecret },
    authentication: { methods: [] },
  };
  const api = {
    redirect: { sendUserTo: note("redirect") },
    access: { deny: note("deny") },
    authentication: { recordMethod: note("record") },
  };
  return { event, api, did };
}

const options = () => ({ action: "auth0-login", apiUrl: `${harness.origin}/v1`, redirectUrl: `${appOrigin}/continue` });

async function tokenOfLogin(): Promise<string> {
  const { event, api, did } = login();
  await handleAuth0ExecutePostLogin(event, api, options());
  expect(did.map(([what]) => what)).toEqual(["redirect"]);
  const url = new URL(did[0]![1]!);
  return url.searchParams.get("token") ?? new URLSearchParams(url.hash.slice(1)).get("token") ?? "";
}

it("Auth0's login is sent to the challenge page, and goes on with the result of that very user", async () => {
  await enrollApp(harness, userId);
  const result = await completeChallenge(harness, await tokenOfLogin());
  const { event, api, did } = login({ token: result });
  await handleAuth0ContinuePostLogin(event, api, options());
  expect(did).toEqual([["record", options().apiUrl]]);
  const other = login({ token: result });
  await handleAuth0ContinuePostLogin({ ...other.event, user: { user_id: "auth0|mallory" } }, other.api, options());
  expect(other.did).toEqual([["deny", "MFA challenge failed"]]);
});

it("Auth0's login is denied without a completed challenge, and where the policy blocks it", async () => {
  await enrollApp(harness, userId);
  const { event, api, did } = login({ token: await tokenOfLogin() });
  await handleAuth0ContinuePostLogin(event, api, options());
  expect(did).toEqual([["deny", "MFA challenge failed"]]);
  const blocked = login();
  await handleAuth0ExecutePostLogin(blocked.event, blocked.api, { ...options(), action: "closed-login" });
  expect(blocked.did).toEqual([["deny", "Action blocked"]]);
});

it("Auth0's login leads users who are not enrolled to their enrolment", async () => {
  expect(await tokenOfLogin()).not.toBe("");
});
