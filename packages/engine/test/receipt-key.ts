import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";

/** A key that signs receipts. */
export function receiptKey(kid?: string): JWK {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK;
  return kid === undefined ? jwk : { ...jwk, kid };
}
