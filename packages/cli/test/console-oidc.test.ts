import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../src/serve/serve.ts";
import { apiSecret } from "./http.ts";
import { serveSettings } from "./run-here.ts";

const clientSecret = "a client's secret that nobody sees";
const given = { REQUIRE_ACTION_API_SECRET: apiSecret, REQUIRE_ACTION_OIDC_CLIENT_SECRET: clientSecret };
const provider = createServer((_request, response) => {
  const document = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
});
let issuer = "";
let folder = "";
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  provider.listen(0, "127.0.0.1");
  await once(provider, "listening");
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), "require-action-oidc-"));
  writeFileSync(join(folder, "policy.json"), JSON.stringify({ actions: { pay: { defaultOutcome: "REVIEW" } } }));
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

/** Serves with a file of this text, and resolves to what was printed. */
async function run(text: string, environment: Readonly<Record<string, string>> = given, ...args: readonly string[]) {
  const file = join(folder, "oidc.yaml");
  writeFileSync(file, text);
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const all = ["--port", "0", "--policy", join(folder, "policy.json"), "--console-oidc", file, ...args];
  stop = await serve(await serveSettings(all, environment), { write: print, warn: print });
  return { lines, origin: /http:\S+/.exec(lines[0] ?? "")?.[0] ?? "" };
}

const right = (): string => `issuer: ${issuer}
clientId: review-console
name: Bank accounts
reviewers:
  - id: bob
    subject: bob-at-idp
    role: decide
    userIds: []
`;

describe("T73: --console-oidc", () => {
  it("opens the console, and sends reviewers to the provider; its secret is in no line", async () => {
    const { lines, origin } = await run(right());
    expect(lines.join("\n")).toMatch(/Reviewers open the console at http:\/\/localhost:\d+\/console/);
    expect(lines.join("\n")).not.toContain(clientSecret);
    const page = await (await fetch(`${origin}/console/sign-in`)).text();
    expect(page).toContain("Sign in with Bank accounts");
    expect(page).not.toContain(clientSecret);
    const sent = await fetch(`${origin}/console/sign-in-oidc`, { redirect: "manual" });
    const location = new URL(sent.headers.get("location") ?? "");
    expect(location.origin).toBe(issuer);
    const port = new URL(origin).port;
    expect(location.searchParams.get("redirect_uri")).toBe(`http://localhost:${port}/console/sign-in-oidc-callback`);
    expect(location.href).not.toContain(encodeURIComponent(clientSecret));
  });

  it("warns once that the provider fails, and never of whom it refuses", async () => {
    const { lines, origin } = await run(right());
    const before = lines.length;
    for (let tries = 0; tries < 2; tries++) {
      const begun = await fetch(`${origin}/console/sign-in-oidc`, { redirect: "manual" });
      const state = new URL(begun.headers.get("location") ?? "").searchParams.get("state") ?? "";
      const cookie = begun.headers
        .getSetCookie()
        .map((one) => one.split(";")[0])
        .join("; ");
      // Its document is no answer of a token endpoint.
      const answer = (code: string) =>
        fetch(`${origin}/console/sign-in-oidc-callback?code=${code}&state=${state}`, { headers: { cookie } });
      expect((await answer("code")).status).toBe(403);
      provider.closeAllConnections();
    }
    expect(lines).toHaveLength(before);
    provider.close();
    for (let tries = 0; tries < 2; tries++) {
      const begun = await fetch(`${origin}/console/sign-in-oidc`, { redirect: "manual" });
      const state = new URL(begun.headers.get("location") ?? "").searchParams.get("state") ?? "";
      const cookie = begun.headers
        .getSetCookie()
        .map((one) => one.split(";")[0])
        .join("; ");
      const url = `${origin}/console/sign-in-oidc-callback?code=code&state=${state}`;
      expect((await fetch(url, { headers: { cookie } })).status).toBe(503);
    }
    expect(lines.slice(before)).toEqual([expect.stringContaining("(oidc_unreachable)")]);
    provider.listen(Number(new URL(issuer).port), "127.0.0.1");
    await once(provider, "listening");
  });

  it.each<readonly [what: string, text: () => string, message: RegExp]>([
    ["with a secret in the file", () => `${right()}clientSecret: x\n`, /\d+:\d+ {2}clientSecret: is no file's to hold/],
    ["that is no YAML", () => "{", /oidc\.yaml has mistakes/],
    ["that is a list", () => "[]", /must be an object with issuer/],
    ["without a subject", () => right().replace("subject", "email"), /reviewers\[0\]\.email: is not an option/],
    [
      "with a role that there is not",
      () => right().replace("decide", "admin"),
      /\d+:\d+ {2}reviewers\[0\]\.role: must be one of/,
    ],
    [
      "of an issuer that names itself otherwise",
      () => right().replace("127.0.0.1", "localhost"),
      /\d+:\d+ {2}issuer: /,
    ],
    ["of an issuer that is not there", () => right().replace(/:\d+/, ":1"), /\d+:\d+ {2}issuer: does not answer/],
  ])("refuses a file %s", async (_what, text, message) => {
    await expect(run(text())).rejects.toThrow(message);
  });

  it("needs the client's secret", async () => {
    await expect(run(right(), { REQUIRE_ACTION_API_SECRET: apiSecret })).rejects.toThrow(
      "--console-oidc needs REQUIRE_ACTION_OIDC_CLIENT_SECRET.",
    );
  });
});
