import type { Authenticator } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createLanguages } from "../../src/languages/languages.ts";
import { shownAuthenticators, shownMethods } from "../../src/pages/shown-authenticators.ts";

const [google, iCloud, yubiKey] = [
  "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
  "fbfc3007-154e-4ecc-8c0b-6e020557d7bd",
  "2fc0579f-8113-47ea-b116-bb5a8db9202a",
] as const;
const unknown = "00000000-0000-0000-0000-000000000000";
const at = "2026-01-15T12:00:00.000Z";

const english = createLanguages(new Map()).choose({});

let ids = 0;
function passkey(
  credential: Partial<NonNullable<Authenticator["webauthnCredential"]>> = {},
  rest: Partial<Authenticator> = {},
): Authenticator {
  return {
    userId: "alice",
    userAuthenticatorId: `passkey-${++ids}`,
    verificationMethod: "PASSKEY",
    createdAt: at,
    verifiedAt: at,
    ...rest,
    webauthnCredential: {
      credentialId: "id",
      aaguid: unknown,
      credentialBackedUp: true,
      credentialDeviceType: "multiDevice",
      verifiedAt: at,
      ...credential,
    },
  };
}
const hints = (...authenticators: readonly Authenticator[]) =>
  shownAuthenticators(authenticators, english).map(({ hint }) => hint);
const choice = (...authenticators: readonly Authenticator[]) =>
  shownMethods(authenticators.slice(0, 1), authenticators, english).map(({ hint }) => hint);

describe("passkeys are told apart", () => {
  it("by what keeps them, else by what they are", () => {
    const key = { credentialDeviceType: "singleDevice", authenticatorAttachment: "cross-platform" } as const;
    expect(
      hints(
        passkey({ aaguid: google }),
        passkey({ aaguid: iCloud }),
        passkey({ aaguid: yubiKey, ...key }),
        passkey(key),
        passkey({}, { verificationMethod: "SECURITY_KEY" }),
        passkey({ authenticatorAttachment: "platform" }),
      ),
    ).toEqual(["Google Password Manager", "iCloud Keychain", "YubiKey", "Security key", "Security key (2)", undefined]);
    expect(hints(passkey(), passkey())).toEqual([undefined, "Passkey (2)"]);
  });

  it("in the reader's language where they have no name", () => {
    const german = createLanguages(new Map()).choose({ user: "de" });
    const key = passkey({}, { verificationMethod: "SECURITY_KEY" });
    const japanese = createLanguages(new Map()).choose({ user: "ja" });
    expect(shownAuthenticators([passkey(), passkey(), key], german).map(({ hint, name }) => hint ?? name)).toEqual([
      "Passkey",
      "Passkey (2)",
      "Sicherheitsschl\u00fcssel",
    ]);
    expect(shownAuthenticators([passkey(), passkey()], japanese)).toMatchObject([
      { name: "\u30d1\u30b9\u30ad\u30fc" },
      { hint: "\u30d1\u30b9\u30ad\u30fc (2)" },
    ]);
  });

  it("by number where two have one name, the oldest first", () => {
    const named = { aaguid: google, name: "iCloud Keychain" };
    expect(hints(passkey({ aaguid: iCloud }), passkey({ aaguid: iCloud }), passkey(named))).toEqual([
      "iCloud Keychain",
      "iCloud Keychain (2)",
      "iCloud Keychain (3)",
    ]);
  });

  it("by the name that their owner gave, with what nobody sees made visible", () => {
    const [shown] = shownAuthenticators([passkey({ aaguid: google, name: "Key\u202egnihsihp" })], english);
    expect(shown).toMatchObject({ hint: "Key\u27e8U+202E\u27e9gnihsihp", name: "Key\u202egnihsihp" });
  });

  it("by when they were set up, and used", () => {
    const used = "2026-02-01T00:00:00.000Z";
    const [unused, last] = shownAuthenticators([passkey(), passkey({}, { lastVerifiedAt: used })], english);
    expect(unused).not.toHaveProperty("lastUsedAt");
    expect(last).toMatchObject({ createdAt: Date.parse(at), lastUsedAt: Date.parse(used) });
  });
});

describe("the choice of methods", () => {
  it("names the passkeys that will do, and no more than three", () => {
    expect(choice(passkey({ aaguid: iCloud }))).toEqual(["iCloud Keychain"]);
    expect(choice(passkey())).toEqual([undefined]);
    const three = [passkey({ aaguid: iCloud }), passkey({ aaguid: yubiKey }), passkey({ aaguid: yubiKey })];
    expect(choice(...three)).toEqual(["iCloud Keychain, YubiKey, YubiKey (2)"]);
    expect(choice(...three, passkey())).toEqual(["iCloud Keychain, YubiKey, YubiKey (2), \u2026"]);
  });

  it("names no authenticator of another method, and masks addresses", () => {
    const mail: Authenticator = {
      userId: "alice",
      userAuthenticatorId: "mail",
      verificationMethod: "EMAIL_OTP",
      createdAt: at,
      email: "alice@mail.example",
    };
    expect(shownMethods([mail], [mail, passkey()], english)).toEqual([
      expect.objectContaining({ hint: "a\u2022\u2022\u2022@mail.example" }),
    ]);
    const app = { ...mail, verificationMethod: "AUTHENTICATOR_APP", email: undefined } as unknown as Authenticator;
    expect(shownMethods([app], [app, passkey()], english)[0]).not.toHaveProperty("hint");
  });
});
