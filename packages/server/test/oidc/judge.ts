import { serve, type Served } from "@require-action-test/support/serve";
import { exportJWK, generateKeyPair } from "jose";
import type { RequestListener } from "node:http";
import Provider from "oidc-provider";

export const clientId = "review-console";
export const clientSecret = "the-client-secret-of-these-tests";

/** An identity provider of somebody else's making, with a page that signs in whoever gives a name. */
export async function startJudge(redirectUri: string, groups: Readonly<Record<string, readonly string[]>> = {}) {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const served: Served = await serve((request, response) => listener(request, response), "127.0.0.1");
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const provider = new Provider(served.origin, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: "judge" }] },
    cookies: { keys: ["a key of these tests"] },
    claims: { openid: ["sub"], groups: ["groups"] },
    scopes: ["openid", "groups"],
    conformIdTokenClaims: false,
    // Said in full, so that it prints no notices.
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, groups: groups[id] ?? [], email: "bob@bank.example", email_verified: true }),
    }),
  });
  listener = provider.callback();
  return served;
}

/** A browser's way through the judge's pages, from the address that it is sent to, to the one that it is sent back to. */
export async function signInAtJudge(from: string, name: string, backTo: string): Promise<string> {
  const cookies = new Map<string, string>();
  let response = await go(from);
  for (let step = 0; step < 12; step++) {
    const location = response.headers.get("location");
    if (location !== null) {
      const to = new URL(location, response.url).href;
      if (to.startsWith(backTo)) return to;
      response = await go(to);
      continue;
    }
    const text = await response.text();
    const [, action = ""] = /<form[^>]*action="([^"]+)"/.exec(text) ?? [];
    const [, prompt = ""] = /name="prompt" value="([^"]+)"/.exec(text) ?? [];
    if (action === "") throw new Error(`The judge shows no form: ${response.status} ${text.slice(0, 400)}`);
    response = await go(new URL(action, response.url).href, { prompt, login: name, password: "any" });
  }
  throw new Error("The judge sends nobody back.");

  async function go(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join("; ") },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, key = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(key, value);
    }
    return answer;
  }
}
