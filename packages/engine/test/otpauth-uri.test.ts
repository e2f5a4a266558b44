import { codeAt } from "@require-action-test/support/codes";
import fc from "fast-check";
import { Secret, TOTP } from "otpauth";
import { describe, expect, it } from "vitest";
import { parseOtpauthUri } from "../src/lib/otpauth-uri.ts";
import { createHarness, track } from "./harness.ts";

const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const shortSecret = "JBSWY3DPEHPK3PXP";
const bytesOf = (text: string): string => Buffer.from(Secret.fromBase32(text).bytes).toString("hex");
const read = (uri: unknown, allowsShortSecret = false): string =>
  Buffer.from(parseOtpauthUri(uri, { allowsShortSecret })).toString("hex");

describe("C44: the URI of an authenticator app", () => {
  it.each([
    `otpauth://totp/Bank:ann?secret=${secret}&issuer=Bank`,
    `otpauth://totp/Bank:ann?secret=${secret}&issuer=Bank&`,
    `otpauth://totp/?secret=${secret}`,
    `otpauth://totp?secret=${secret}`,
    `OTPAUTH://TOTP/ann?secret=${secret}`,
    ` otpauth://totp/ann?secret=${secret}\n`,
    `otpauth://totp/a%20b%3Ac?secret=${secret.toLowerCase()}`,
    `otpauth://totp/a?secret=${secret.match(/.{4}/g)?.join("%20") ?? ""}`,
    `otpauth://totp/a?secret=${secret.match(/.{4}/g)?.join("+") ?? ""}`,
    `otpauth://totp/a?secret=${secret.match(/.{4}/g)?.join("-") ?? ""}`,
    `otpauth://totp/a?secret=${secret}%3D%3D%3D%3D`,
    `otpauth://totp/a?Secret=${secret}`,
    `otpauth://totp/a?secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    `otpauth://totp/a?secret=${secret}&algorithm=SHA-1`,
    `otpauth://totp/a?secret=${secret}&algorithm=sha1`,
    `otpauth://totp/a?secret=${secret}&algorithm=HmacSHA1`,
    `otpauth://totp/a?secret=${secret}&algorithm=HMAC-SHA-1`,
    `otpauth://totp/a?secret=${secret}&algorithm=&digits=&period=`,
    `otpauth://totp/a?secret=${secret}&digits=06&period=030`,
    `otpauth://totp/a?secret=${secret}&image=https%3A%2F%2Fbank.example%2Flogo.png&color=%23fff&foo=bar&foo=baz`,
    `otpauth://totp/a?secret=${secret}&secret=${secret}`,
    `otpauth://totp/a?secret=${secret}&issuer=%E0%A4%A`,
    `otpauth://totp/a?secret=${secret}#fragment`,
  ])("is imported: %s", (uri) => {
    expect(read(uri)).toBe(bytesOf(secret));
  });

  it.each<readonly [unknown, string]>([
    [undefined, "otpUri is missing, or no otpauth: URI."],
    [7, "otpUri is missing, or no otpauth: URI."],
    ["", "otpUri is no otpauth: URI."],
    [secret, "otpUri is no otpauth: URI."],
    [`https://bank.example/?secret=${secret}`, "otpUri is no otpauth: URI."],
    [`otpauth://hotp/a?secret=${secret}&counter=1`, "otpUri is of a code that counts (HOTP): only TOTP is supported."],
    [`otpauth://steam/a?secret=${secret}`, "otpUri is not of type totp."],
    [
      "otpauth-migration://offline?data=CjEKCkhello",
      "otpUri is an export of several accounts (otpauth-migration): write each as an otpauth: URI.",
    ],
    [`otpauth://totp/a?secret=${secret}&encoder=steam`, "otpUri is of codes that are no digits, as Steam's."],
    ["otpauth://totp/a", "otpUri has no secret."],
    ["otpauth://totp/a?secret=%20", "otpUri has no secret."],
    ["otpauth://totp/a?secret=0189", "otpUri has a secret that is not in base32."],
    [`otpauth://totp/a?secret=${secret}&algorithm=SHA256`, "otpUri has an algorithm other than SHA1."],
    [`otpauth://totp/a?secret=${secret}&algorithm=SHA11`, "otpUri has an algorithm other than SHA1."],
    [`otpauth://totp/a?secret=${secret}&digits=8`, "otpUri has a number of digits other than 6."],
    [`otpauth://totp/a?secret=${secret}&digits=six`, "otpUri has a number of digits other than 6."],
    [`otpauth://totp/a?secret=${secret}&period=60`, "otpUri has a period other than 30 seconds."],
    [`otpauth://totp/a?secret=${secret}&secret=${shortSecret}`, "otpUri has two values for secret."],
    [`otpauth://totp/a?secret=${secret}&digits=6&DIGITS=8`, "otpUri has two values for digits."],
    [
      `otpauth://totp/a?secret=${shortSecret}`,
      "otpUri has a secret of 80 bits, below 112: say allowShortSecret to take it.",
    ],
    ["otpauth://totp/a?secret=JBSWY3DP", "otpUri has a secret of 40 bits: at least 112 are needed."],
  ])("is refused with one sentence for its cause: %s", (uri, detail) => {
    expect(() => read(uri)).toThrow(expect.objectContaining({ reason: "request_invalid", field: "otpUri", detail }));
  });

  it("with a secret of 80 bits is imported where that is asked for by name", async () => {
    expect(read(`otpauth://totp/a?secret=${shortSecret}`, true)).toBe(bytesOf(shortSecret));
    expect(() => read("otpauth://totp/a?secret=JBSWY3DP", true)).toThrow("40 bits");
    const { engine, clock } = createHarness();
    const otpUri = `otpauth://totp/a?secret=${shortSecret}`;
    const app = { verificationMethod: "AUTHENTICATOR_APP", otpUri };
    await expect(engine.authenticators.enrollVerified("alice", app)).rejects.toMatchObject({ field: "otpUri" });
    await engine.authenticators.enrollVerified("alice", { ...app, allowShortSecret: true });
    const { token } = await track(engine, "alice");
    const code = codeAt(shortSecret, clock.now());
    await expect(engine.challenges.verify(token, "AUTHENTICATOR_APP", code)).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it("as libraries write it is read back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 64 }), fc.string(), fc.string(), (bytes, issuer, label) => {
        if (!issuer.isWellFormed() || !label.isWellFormed()) return;
        const written = new TOTP({ issuer, label, secret: new Secret({ buffer: new Uint8Array(bytes).buffer }) });
        expect(read(written.toString())).toBe(Buffer.from(bytes).toString("hex"));
      }),
    );
  });
});

describe("C46: the codes of a phone whose clock is ahead", () => {
  const start = Date.UTC(2026, 0, 15, 12);

  async function answer(ahead: number, second: number): Promise<boolean> {
    const { engine, clock } = createHarness();
    await engine.authenticators.enrollVerified("alice", {
      verificationMethod: "AUTHENTICATOR_APP",
      otpUri: `otpauth://totp/a?secret=${secret}`,
    });
    clock.advance(start + second * 1000 - clock.now());
    const { token } = await track(engine, "alice");
    const code = codeAt(secret, clock.now() + ahead * 1000);
    const { isVerified } = await engine.challenges.verify(token, "AUTHENTICATOR_APP", code);
    return isVerified;
  }

  it.each([-30, -11, 0, 5, 11, 15])("by %i seconds are right at every second", async (ahead) => {
    for (let second = 0; second < 30; second++) expect(await answer(ahead, second), `second ${second}`).toBe(true);
  });

  it("by more are wrong while the step that they are of is further away than that", async () => {
    expect(await answer(30, 14)).toBe(false);
    expect(await answer(60, 29)).toBe(false);
    expect(await answer(-60, 0)).toBe(false);
  });

  it("are used once, and end those of the step before", async () => {
    const { engine, clock } = createHarness();
    await engine.authenticators.enrollVerified("alice", {
      verificationMethod: "AUTHENTICATOR_APP",
      otpUri: `otpauth://totp/a?secret=${secret}`,
    });
    clock.advance(start + 20_000 - clock.now());
    const verify = async (at: number): Promise<boolean> => {
      const { token } = await track(engine, "alice");
      return (await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, at))).isVerified;
    };
    expect(await verify(start + 30_000)).toBe(true);
    expect(await verify(start + 30_000)).toBe(false);
    expect(await verify(start)).toBe(false);
    clock.advance(15_000);
    expect(await verify(start + 30_000)).toBe(false);
  });
});
