import { serve } from "@require-action-test/support/serve";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { text } from "node:stream/consumers";
import { clientId, clientSecret } from "./judge.ts";

type Claims = Readonly<Record<string, unknown>>;

/** A provider that answers as a test has it answer. */
export async function startHostileIssuer() {
  const [own, foreign] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const jwk = { ...(await exportJWK(own.publicKey)), kid: "own", alg: "ES256", use: "sig" };
  /** What the token endpoint answers, and how often it was asked. */
  const token = {
    asked: [] as string[],
    status: 200,
    type: "application/json",
    body: (): string | Promise<string> => "{}",
  };
  const document: Record<string, unknown> = {};
  const served = await serve((request, response) => {
    void (async () => {
      if (request.url === "/jwks") return reply(200, JSON.stringify({ keys: [jwk] }));
      if (request.url?.startsWith("/.well-known/") === true) return reply(200, JSON.stringify(document));
      token.asked.push(await text(request));
      return reply(token.status, await token.body(), token.type);
    })();
    function reply(status: number, body: string, type = "application/json") {
      response.writeHead(status, { "content-type": type }).end(body);
    }
  }, "127.0.0.1");
  const issuer = served.origin;
  Object.assign(document, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    end_session_endpoint: `${issuer}/end`,
    // It would take anything.
    id_token_signing_alg_values_supported: ["none", "HS256", "ES256"],
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    authorization_response_iss_parameter_supported: true,
  });
  const right = (): Claims => {
    const now = Math.floor(Date.now() / 1000);
    return { iss: issuer, aud: clientId, sub: "bob-at-idp", iat: now, exp: now + 300 };
  };
  const signers = {
    own: (claims: Claims) => new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "own" }).sign(own.privateKey),
    foreign: (claims: Claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "own" }).sign(foreign.privateKey),
    none: (claims: Claims) => new UnsecuredJWT(claims).encode(),
    clientSecret: (claims: Claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(clientSecret)),
  };
  return { issuer, document, token, right, signers, close: () => served.close() };
}
