import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** Bits of authenticator data. @see https://www.w3.org/TR/webauthn-3/#authdata-flags */
export const flag = { up: 0x01, uv: 0x04, be: 0x08, bs: 0x10, at: 0x40 } as const;

const present = flag.up | flag.uv;

/** What a test may make different from an honest ceremony. */
export interface Ceremony {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly rpId?: string;
  readonly flags?: number;
  readonly signCount?: number;
  /** Base64url; `null` leaves it out. */
  readonly userHandle?: string | null;
  readonly id?: string;
  /** Signs instead of the passkey's own key. */
  readonly key?: KeyObject;
  /** Changes the signed bytes after they were signed. */
  readonly tamper?: "authenticatorData" | "clientData" | "signature";
}

export interface CreationCeremony extends Ceremony {
  readonly fmt?: string;
  readonly attStmt?: Map<string, unknown>;
  /** Has the passkey sign its own attestation. */
  readonly selfAttested?: boolean;
  readonly curve?: "P-256" | "P-384";
  /** The id in authenticator data, where it is not the one beside it. */
  readonly attestedId?: string;
}

interface Options {
  readonly challenge: string;
}

/** A passkey on an authenticator made of nothing but node:crypto: what it signs is really signed. */
export interface SoftwarePasskey {
  readonly id: string;
  readonly publicKey: KeyObject;
  /** As `navigator.credentials.get()` answers, in JSON. */
  get(options: Options | undefined, ceremony?: Ceremony): Record<string, unknown>;
}

export interface SoftwareAuthenticator {
  /** As `navigator.credentials.create()` answers, in JSON, and the passkey it made. */
  create(
    options: (Options & { readonly user?: { readonly id: string } }) | undefined,
    ceremony?: CreationCeremony,
  ): { readonly response: Record<string, unknown>; readonly passkey: SoftwarePasskey };
}

export function createSoftwareAuthenticator({
  rpId,
  origin,
}: {
  readonly rpId: string;
  readonly origin: string;
}): SoftwareAuthenticator {
  const clientData = (type: string, options: Options | undefined, ceremony: Ceremony): Buffer => {
    const { challenge = options?.challenge, crossOrigin, topOrigin } = ceremony;
    return Buffer.from(
      JSON.stringify({
        type: ceremony.type ?? type,
        challenge,
        origin: ceremony.origin ?? origin,
        crossOrigin,
        topOrigin,
      }),
    );
  };
  const header = (ceremony: Ceremony, flags: number, signCount: number): Buffer => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(ceremony.signCount ?? signCount);
    const hash = createHash("sha256")
      .update(ceremony.rpId ?? rpId)
      .digest();
    return Buffer.concat([hash, Buffer.from([ceremony.flags ?? flags]), count]);
  };

  return {
    create(options, ceremony = {}) {
      const { curve = "P-256", fmt = "none", selfAttested = false } = ceremony;
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: curve });
      const id = ceremony.id ?? randomBytes(32).toString("base64url");
      const user = options?.user?.id;
      let signCount = 0;
      const attested = Buffer.from(ceremony.attestedId ?? id, "base64url");
      const length = Buffer.alloc(2);
      length.writeUInt16BE(attested.length);
      const flags = (ceremony.flags ?? present) | flag.at;
      const authData = Buffer.concat([
        header({ ...ceremony, flags }, flags, signCount),
        Buffer.alloc(16),
        length,
        attested,
        cbor(coseKey(publicKey, curve)),
      ]);
      const clientDataJSON = clientData("webauthn.create", options, ceremony);
      const signed = Buffer.concat([authData, createHash("sha256").update(clientDataJSON).digest()]);
      const attStmt = selfAttested
        ? new Map<string, unknown>([
            ["alg", -7],
            ["sig", sign("sha256", signed, privateKey)],
          ])
        : (ceremony.attStmt ?? new Map());
      const attestationObject = cbor(
        new Map<string, unknown>([
          ["fmt", fmt],
          ["attStmt", attStmt],
          ["authData", authData],
        ]),
      );
      return {
        response: {
          id,
          rawId: id,
          type: "public-key",
          response: {
            clientDataJSON: clientDataJSON.toString("base64url"),
            attestationObject: attestationObject.toString("base64url"),
            transports: ["internal"],
          },
          authenticatorAttachment: "platform",
          clientExtensionResults: {},
        },
        passkey: {
          id,
          publicKey,
          get(request, use = {}) {
            const data = header(use, present, ++signCount);
            const json = clientData("webauthn.get", request, use);
            const signed = Buffer.concat([data, createHash("sha256").update(json).digest()]);
            const signature = sign("sha256", signed, use.key ?? privateKey);
            const shown = (name: Ceremony["tamper"], bytes: Buffer): string =>
              (use.tamper === name ? altered(bytes) : bytes).toString("base64url");
            const { userHandle = user } = use;
            return {
              id: use.id ?? id,
              rawId: use.id ?? id,
              type: "public-key",
              response: {
                clientDataJSON: shown("clientData", json),
                authenticatorData: shown("authenticatorData", data),
                signature: shown("signature", signature),
                ...(userHandle === null ? {} : { userHandle }),
              },
              authenticatorAttachment: "platform",
              clientExtensionResults: {},
            };
          },
        },
      };
    },
  };
}

/** Something else that is as well-formed as it was: a space in JSON, one more use, or another last byte. */
function altered(bytes: Buffer): Buffer {
  if (bytes[0] === 0x7b) return Buffer.concat([Buffer.from("{ "), bytes.subarray(1)]);
  const copy = Buffer.from(bytes);
  const last = copy.length - 1;
  copy[last] = (copy[last] ?? 0) ^ 1;
  return copy;
}

function coseKey(publicKey: KeyObject, curve: "P-256" | "P-384"): Map<number, unknown> {
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  return new Map<number, unknown>([
    [1, 2],
    [3, curve === "P-256" ? -7 : -35],
    [-1, curve === "P-256" ? 1 : 2],
    [-2, Buffer.from(x, "base64url")],
    [-3, Buffer.from(y, "base64url")],
  ]);
}

/** As much of CBOR as a passkey is made of. @see https://www.rfc-editor.org/rfc/rfc8949 */
function cbor(value: unknown): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (!(value instanceof Map)) throw new TypeError("Not in this subset.");
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])]);
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}
