import { createHmac, timingSafeEqual } from "node:crypto";
import { createOwnTokens } from "@require-action/engine/server";
import { jwtVerify, SignJWT } from "jose";
import type { Subject } from "../measure.ts";

const ISSUER = "bench";
const secret = new TextEncoder().encode("a-secret-of-the-bench-that-is-32-bytes-long");

/** Ways to verify one HS256 token: the least that is possible, the engine's, and jose as it is used well and often. */
export async function createVerifiers(): Promise<readonly Subject[]> {
  const token = await new SignJWT({ sub: "alice", action: "withdraw-funds", idempotencyKey: "x".repeat(98) })
    .setProtectedHeader({ alg: "HS256", typ: "result" })
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(secret);
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const options = { issuer: ISSUER, algorithms: ["HS256"], typ: "result" };
  const ours = createOwnTokens({
    typ: "result",
    issuer: ISSUER,
    audience: ISSUER,
    lifetimeSeconds: 3_600,
    clock: { now: Date.now },
    keys: [{ id: "bench", key: secret }],
  });
  const own = ours.mint({ sub: "alice", action: "withdraw-funds", idempotencyKey: "x".repeat(98) }).token;
  return [
    { name: "raw HMAC and JSON.parse", run: async () => verifyByHand(token) },
    { name: "the engine's own tokens", run: async () => ours.read(own)["sub"] === "alice" },
    {
      name: "jose, key imported once",
      run: async () => (await jwtVerify(token, key, options)).payload.sub === "alice",
    },
    {
      name: "jose, key imported for each call",
      run: async () => (await jwtVerify(token, secret.slice(), options)).payload.sub === "alice",
    },
  ];
}

function verifyByHand(token: string): boolean {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const expected = createHmac("sha256", secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  const { alg, typ } = JSON.parse(Buffer.from(header, "base64url").toString()) as Record<string, unknown>;
  const { iss, exp, sub } = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  return alg === "HS256" && typ === "result" && iss === ISSUER && Number(exp) > Date.now() / 1000 && sub === "alice";
}
