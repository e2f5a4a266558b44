import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindFields } from "../src/binding/binding.ts";
import { createManualClock } from "@require-action/testing";
import { createSealer, type SealSubject } from "../src/binding/seal.ts";
import { isSealedKey } from "../src/binding/sealed-key.ts";
import { createHarness, SECRET, summaryOf } from "./harness.ts";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 1_000);
const clock = createManualClock();
const sealer = createSealer([SECRET], clock);
const subject: SealSubject = { userId: "alice", action: "withdraw-funds", session: "session-1" };
const binding = bindFields({ amount: "10.00", payee: "DE02" }, { sent: false, read: false, value: undefined });

const fieldName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/).filter((name) => name !== "__proto__");
const fieldValue = fc.oneof(fc.string({ unit: "grapheme" }), fc.boolean(), fc.maxSafeInteger());
const fields = fc.dictionary(fieldName, fieldValue, { minKeys: 1, maxKeys: 6, noNullPrototype: false });

const bind = (declared: object) => bindFields(declared, { sent: false, read: false, value: undefined });
/** Whether an approval of the first fields is good for the second ones. */
const accepts = (approved: object, asked: object): boolean => {
  const seal = sealer.open(sealer.mint(subject, bind(approved)), subject);
  return seal !== undefined && seal.binds(bind(asked));
};

describe("T4: an approval of declared fields", () => {
  it(`is refused after any change of a value, ${RUNS} times`, () => {
    fc.assert(
      fc.property(fields, fc.nat(), fieldValue, (approved, index, value) => {
        const names = Object.keys(approved);
        const name = names[index % names.length]!;
        fc.pre(!Object.is(approved[name], value));
        return !accepts(approved, { ...approved, [name]: value });
      }),
      { numRuns: RUNS },
    );
  });

  it(`is refused after any field is dropped, added or renamed, ${RUNS} times`, () => {
    fc.assert(
      fc.property(
        fields,
        fc.nat(),
        fieldName,
        fieldValue,
        fc.constantFrom("drop", "add", "rename"),
        (approved, index, name, value, how) => {
          const names = Object.keys(approved);
          const victim = names[index % names.length]!;
          const { [victim]: taken, ...rest } = approved;
          fc.pre(!Object.hasOwn(approved, name) && (how !== "drop" || names.length > 1));
          const asked =
            how === "drop" ? rest : how === "add" ? { ...approved, [name]: value } : { ...rest, [name]: taken };
          return !accepts(approved, asked);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it(`is refused when two values change places, ${RUNS} times`, () => {
    fc.assert(
      fc.property(fields, fc.nat(), fc.nat(), (approved, one, two) => {
        const names = Object.keys(approved);
        const [a, b] = [names[one % names.length]!, names[two % names.length]!];
        fc.pre(!Object.is(approved[a], approved[b]));
        return !accepts(approved, { ...approved, [a]: approved[b], [b]: approved[a] });
      }),
      { numRuns: RUNS },
    );
  });

  it("is good for the same fields in any order", () => {
    fc.assert(
      fc.property(fields, (approved) => accepts(approved, Object.fromEntries(Object.entries(approved).reverse()))),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["10.00", "10"],
    ["10.00", "1e1"],
    ["10", 10],
    [true, "true"],
    [1, true],
    [0, -0],
    ["", "0"],
    ["é", "e\u0301"],
    ["a", "A"],
    ["a", "a "],
    ["1", "１"],
  ])("tells %j from %j", (approved, asked) => {
    expect(accepts({ amount: approved }, { amount: asked })).toBe(false);
    expect(accepts({ amount: approved }, { amount: approved })).toBe(true);
  });

  it("tells fields whose texts only look joined alike", () => {
    expect(accepts({ a: 'x","b":"y' }, { a: "x", b: "y" })).toBe(false);
    expect(accepts({ ab: "c" }, { a: "bc" })).toBe(false);
  });
});

describe("a seal", () => {
  it(`opens for its own user, action and session only, ${RUNS} times`, () => {
    const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    const who = fc.record({ userId: id, action: id, session: fc.option(id, { nil: undefined }) });
    fc.assert(
      fc.property(who, who, (minted, asking) => {
        const key = sealer.mint(minted, binding);
        const isSame =
          minted.userId === asking.userId && minted.action === asking.action && minted.session === asking.session;
        return sealer.open(key, minted) !== undefined && (sealer.open(key, asking) !== undefined) === isSame;
      }),
      { numRuns: RUNS },
    );
  });

  it("T41: never takes one part's end for the next one's beginning", () => {
    const parts = (userId: string, action: string, session?: string): SealSubject => ({ userId, action, session });
    const subjects = [
      parts("ab", "c"),
      parts("a", "bc"),
      parts("abc", ""),
      parts("", "abc"),
      parts("a", "b", "c"),
      parts("a:b", "c"),
      parts("a", "b:c"),
      parts("ab", "c", ""),
    ];
    for (const minted of subjects) {
      const key = sealer.mint(minted, binding);
      const opening = subjects.filter((asking) => sealer.open(key, asking));
      expect(opening).toEqual([minted]);
    }
  });

  it(`is broken by any change of any character, ${RUNS} times`, () => {
    const key = sealer.mint(subject, binding);
    const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
    const position = fc.integer({ min: 4, max: key.length - 1 });
    fc.assert(
      fc.property(position, fc.constantFrom(...alphabet), (at, character) => {
        fc.pre(key[at] !== character);
        return sealer.open(key.slice(0, at) + character + key.slice(at + 1), subject) === undefined;
      }),
      { numRuns: RUNS },
    );
  });

  it("has one spelling: other last characters with the same bytes are refused", () => {
    const key = sealer.mint(subject, binding);
    const bytes = Buffer.from(key.slice(4), "base64url");
    const spellings = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
      .map((last) => key.slice(0, -1) + last)
      .filter((spelling) => Buffer.from(spelling.slice(4), "base64url").equals(bytes));
    expect(spellings.length).toBe(16);
    expect(spellings.filter((spelling) => sealer.open(spelling, subject))).toEqual([key]);
  });

  it.each([
    ["nothing", ""],
    ["the prefix alone", "ra1_"],
    ["an unknown version", `ra2_${"A".repeat(94)}`],
    ["a short one", `ra1_${"A".repeat(93)}`],
    ["a long one", `ra1_${"A".repeat(95)}`],
    ["zeroes", `ra1_${"A".repeat(94)}`],
    ["padding", `ra1_${"A".repeat(93)}=`],
    ["base64 with a slash", `ra1_${"A".repeat(92)}/A`],
    ["a line break at its end", `ra1_${"A".repeat(94)}\n`],
    ["dots", `ra1_${"..".repeat(47)}`],
  ])("is none: %s", (_name, key) => expect(sealer.open(key, subject)).toBeUndefined());

  it("is a safe segment of a path, and well below 128 characters", () => {
    for (let run = 0; run < 1_000; run++) {
      const key = sealer.mint(subject, binding);
      expect(key).toMatch(/^ra1_[A-Za-z0-9_-]{94}$/);
      expect(isSealedKey(key)).toBe(true);
    }
  });

  it("is another one each time, even for the same at the same time", () => {
    const keys = new Set(Array.from({ length: RUNS }, () => sealer.mint(subject, binding)));
    expect(keys.size).toBe(RUNS);
  });

  it("tells when it was issued", () => {
    const issuedAt = clock.now();
    const key = sealer.mint(subject, binding);
    clock.advance(90_000);
    expect(sealer.open(key, subject)?.issuedAt).toBe(issuedAt);
  });
});

describe("secrets", () => {
  const [old, fresh, stranger] = [
    "an old secret of thirty-two bytes",
    "a fresh secret of thirty-two byte",
    "a stranger's, of thirty-two bytes",
  ];

  it("open what each of them sealed, and nothing else", () => {
    const rotated = createSealer([fresh, old], clock);
    for (const secret of [old, fresh]) {
      const seal = rotated.open(createSealer([secret], clock).mint(subject, binding), subject);
      expect(seal?.binds(binding)).toBe(true);
      expect(seal?.binds(bind({ amount: "10.01" }))).toBe(false);
    }
    expect(rotated.open(createSealer([stranger], clock).mint(subject, binding), subject)).toBeUndefined();
  });

  it("seal with the first one", () => {
    const key = createSealer([fresh, old], clock).mint(subject, binding);
    expect(createSealer([old], clock).open(key, subject)).toBeUndefined();
    expect(createSealer([fresh], clock).open(key, subject)).toBeDefined();
  });

  it("are the same as text and as bytes", () => {
    const key = createSealer([old], clock).mint(subject, binding);
    expect(createSealer([Buffer.from(old)], clock).open(key, subject)).toBeDefined();
  });

  it("are needed", () => expect(() => createSealer([], clock)).toThrow(TypeError));
});

/*
 * Computed by another implementation (Python's hmac and hashlib) from the secret below, the nonce 00 01 … 0f and
 * 2026-01-01T00:00:00Z. Approvals that are in the hands of users when a new release starts must stay good.
 */
describe("F29: seals of version 1 stay readable", () => {
  const golden = [
    {
      what: "declared fields",
      key: "ra1_AZt22qgAAAECAwQFBgcICQoLDA0OD_wp0bXFxdcMyvnaoP-ou10WxN1ODNs3sKyXOGoomnUauUmwD2V9-ncxq2hggleDAQ",
      options: { bind: ({ body }: { body?: any }) => body },
      ask: { user: "alice", body: { payee: "DE02", amount: "10.00" } },
      other: { user: "alice", body: { payee: "DE03", amount: "10.00" } },
    },
    {
      what: "declared fields and a session",
      key: "ra1_AZt22qgAAAECAwQFBgcICQoLDA0OD_wp0bXFxdcMyvnaoP-ou10WxN1ODNs3sB9BV4-ghCLxF9pni1nphwVrWk6R78fd8w",
      options: { bind: ({ body }: { body?: any }) => body, session: () => "session-1" },
      ask: { user: "alice", body: { payee: "DE02", amount: "10.00" } },
      other: { user: "alice", body: { payee: "DE02", amount: "10.0" } },
    },
    {
      what: "a whole request",
      key: "ra1_AZt22qgAAAECAwQFBgcICQoLDA0OD5-Sa5E4-bKZYfKvY1u8L0zVRCRmQ7KpEzLDphEVTuwuw8pO_Ukj7KUH2aRens5xHw",
      options: {},
      ask: { user: "alice", target: "/withdrawals?a=1", body: { amount: "10.00" } },
      other: { user: "alice", target: "/withdrawals?a=2", body: { amount: "10.00" } },
    },
    {
      what: "nothing",
      key: "ra1_AZt22qgAAAECAwQFBgcICQoLDA0OD3WLiUd7q_3a_1Uggm6H0vACMkYrVSwcKt5GczBn9h0_6me5HwG92QBqCtyBewQIsg",
      options: { bind: "none" as const },
      ask: { user: "alice", body: { any: "thing" } },
      other: { user: "bob", body: { any: "thing" } },
    },
  ];

  it.each(golden)("when they bind $what", async ({ key, options, ask, other }) => {
    const harness = createHarness({ sealSecrets: ["the golden secret of version one"] });
    harness.provider.override("getAction", () => ({ state: "REVIEW_SUCCEEDED" }));
    const route = harness.route(options);
    expect(summaryOf(await route({ ...other, token: key }))).toMatch(/^403 action_(parameters_changed|token_invalid)$/);
    expect(summaryOf(await route({ ...ask, token: key }))).toBe("proceed");
  });
});
