import { createPublicKey, type JsonWebKey } from "node:crypto";

/** Labels of COSE keys. @see https://www.iana.org/assignments/cose/cose.xhtml#key-type-parameters */
const KTY = 1;
const OKP = 1;
const EC2 = 2;

/** The public key of a passkey as others read it: SubjectPublicKeyInfo (RFC 5280) in DER, base64url, of the COSE key of the credential. */
export async function spkiOf(coseKey: string): Promise<string> {
  const { decodeCredentialPublicKey } = await import("@simplewebauthn/server/helpers");
  // A map in truth, of which the library's type names some members only.
  const key: { get(label: number): unknown } = decodeCredentialPublicKey(
    new Uint8Array(Buffer.from(coseKey, "base64url")),
  );
  const bytes = (label: number): string => Buffer.from(key.get(label) as Uint8Array).toString("base64url");
  const jwk: JsonWebKey =
    key.get(KTY) === EC2
      ? { kty: "EC", crv: "P-256", x: bytes(-2), y: bytes(-3) }
      : key.get(KTY) === OKP
        ? { kty: "OKP", crv: "Ed25519", x: bytes(-2) }
        : { kty: "RSA", n: bytes(-1), e: bytes(-2) };
  return createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" }).toString("base64url");
}
