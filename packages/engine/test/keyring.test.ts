import { describe, expect, it } from "vitest";
import { createKeyring } from "../src/keys/keyring.ts";
import { secret } from "./harness.ts";

const next = "another engine secret, of 32 bytes or more";
const owner = ["alice", "authenticator-1"];
const plain = Buffer.from("JBSWY3DPEHPK3PXP");

// What these keys have made is in databases and mailboxes: a version that derives others would void it.
describe("F29: the keys of a secret, which every version has to derive alike", () => {
  const keyring = createKeyring([secret]);

  it("have this name", () => expect(keyring.tokenKeys("result")[0]?.id).toBe("SSeGU_HtRRI"));

  it("hash a code to this", () =>
    expect(keyring.hashCode(["challenge-1", "123456"])).toBe("enjxj8Ilw4J6qJh3HCg51BRoQGOsEA9Qjo7haeKrliQ"));

  it("open what an earlier version sealed", () => {
    expect(keyring.open("SSeGU_HtRRI.prVh-pL_oJOmtIKDnGeDY4rVaxqQHM0GQxGMvWDBi_BOY5NCvcK6LRRKys0", owner)).toEqual(
      plain,
    );
  });
});

describe("a sealed secret", () => {
  const keyring = createKeyring([secret]);
  const sealed = keyring.seal(plain, owner);

  it("is opened for its owner, and never the same twice", () => {
    expect(keyring.open(sealed, owner)).toEqual(plain);
    expect(keyring.seal(plain, owner)).not.toBe(sealed);
    expect(sealed).not.toContain(plain.toString("base64url"));
  });

  it.each([
    ["another user", ["mallory", "authenticator-1"]],
    ["another authenticator", ["alice", "authenticator-2"]],
    ["the same words, divided otherwise", ["alice,authenticator-1"]],
    ["nobody", []],
  ])("is not opened for %s", (_name, other) => expect(keyring.open(sealed, other)).toBeUndefined());

  it("is not opened with any of its bytes changed or left out", () => {
    const [keyId = "", body = ""] = sealed.split(".");
    const bytes = Buffer.from(body, "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes);
      altered[at]! ^= 1;
      expect(keyring.open(`${keyId}.${altered.toString("base64url")}`, owner)).toBeUndefined();
      expect(keyring.open(`${keyId}.${bytes.subarray(0, at).toString("base64url")}`, owner)).toBeUndefined();
    }
  });

  it.each(["", ".", "garbage", "constructor.AAAA", sealed.slice(sealed.indexOf("."))])(
    "is not taken for one when it is %j",
    (text) => expect(keyring.open(text, owner)).toBeUndefined(),
  );

  it("is opened by later secrets while its own is in the list, and known to be out of date", () => {
    const rotated = createKeyring([next, secret]);
    expect(rotated.open(sealed, owner)).toEqual(plain);
    expect([keyring.isCurrent(sealed), rotated.isCurrent(sealed)]).toEqual([true, false]);
    expect(rotated.isCurrent(rotated.seal(plain, owner))).toBe(true);
    expect(createKeyring([next]).open(sealed, owner)).toBeUndefined();
  });
});

describe("the hash of a code", () => {
  const keyring = createKeyring([next, secret]);

  it("is recognised under any secret of the list, and made by the first", () => {
    const parts = ["challenge-1", "123456"];
    for (const one of [next, secret]) {
      expect(keyring.isHashOf(createKeyring([one]).hashCode(parts), parts)).toBe(true);
    }
    expect(keyring.hashCode(parts)).toBe(createKeyring([next]).hashCode(parts));
    expect(createKeyring([secret]).isHashOf(keyring.hashCode(parts), parts)).toBe(false);
  });

  it.each([["123457"], ["challenge-2", "123456"], ["challenge-1,123456"], []])("is not that of %j", (...parts) => {
    expect(keyring.isHashOf(keyring.hashCode(["challenge-1", "123456"]), parts)).toBe(false);
  });

  it.each(["", "A", "!", "A".repeat(44)])("is not %j, of another length", (hash) => {
    expect(keyring.isHashOf(hash, ["challenge-1", "123456"])).toBe(false);
  });
});

describe("the keys of tokens", () => {
  it("are named alike for both kinds, and are another for each kind and secret", () => {
    const { tokenKeys } = createKeyring([secret, "another engine secret, of 32 bytes or more"]);
    const [challenge, result] = [tokenKeys("challenge"), tokenKeys("result")];
    expect(challenge.map(({ id }) => id)).toEqual(result.map(({ id }) => id));
    expect(new Set([...challenge, ...result].map(({ key }) => Buffer.from(key).toString("hex"))).size).toBe(4);
  });
});

describe("secrets", () => {
  it("may have 32 bytes, counted in UTF-8, and be text or bytes alike", () => {
    expect(() => createKeyring(["a".repeat(32), new Uint8Array(32), "é".repeat(16)])).not.toThrow();
    expect(createKeyring([Buffer.from(secret)]).tokenKeys("result")).toEqual(
      createKeyring([secret]).tokenKeys("result"),
    );
  });
});
