import { describe, expect, it } from "vitest";
import { createSealer } from "../packages/core/src/seal.ts";
import { createKeyring } from "../packages/engine/src/keyring.ts";
import { type TimedKinds, welchT } from "./timing.ts";

const SAMPLES = 100_000;
const DIFFERS = 4.5;
/** A machine that does other things as well may fool one measurement, hardly four. */
const TRIES = 4;

function smallestT(kinds: TimedKinds): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && smallest >= DIFFERS; tries++) {
    smallest = Math.min(smallest, Math.abs(welchT(kinds, SAMPLES)));
  }
  return smallest;
}

const keyring = createKeyring(["an engine secret for tests, 32 bytes long"]);
const code = (digits: string): readonly string[] => ["EMAIL_OTP", "challenge", digits];
const hash = keyring.hashCode(code("482913"));

const sealer = createSealer(["a seal secret for tests, 32 bytes long"], { now: () => 1_800_000_000_000 });
const alice = { userId: "alice", action: "withdraw-funds", session: undefined };
const mally = { ...alice, userId: "mally" };
const sealed = sealer.mint(alice, { kind: "none", canonical: "" });
const changed = (at: number): string => sealed.slice(0, at) + (sealed[at] === "A" ? "Q" : "A") + sealed.slice(at + 1);
/** A text in one piece, as one that came in a header, each time somewhere else in memory. */
const received = (text: Buffer): string => text.toString();
const MAC_CHARACTERS = 32;
const early = Buffer.from(changed(sealed.length - MAC_CHARACTERS));
const late = Buffer.from(changed(sealed.length - 1));

describe(`T44: the time of ${SAMPLES} comparisons does not tell`, () => {
  it.each<readonly [string, TimedKinds]>([
    [
      "a code that is right from one that is wrong",
      { one: () => keyring.isHashOf(hash, code("482913")), other: () => keyring.isHashOf(hash, code("482914")) },
    ],
    [
      "a code that is wrong at its beginning from one that is wrong at its end",
      { one: () => keyring.isHashOf(hash, code("082913")), other: () => keyring.isHashOf(hash, code("482910")) },
    ],
    [
      "a seal that is forged at its beginning from one that is forged at its end",
      { one: () => sealer.open(received(early), alice), other: () => sealer.open(received(late), alice) },
    ],
    [
      "a forged seal from one of another user",
      { one: () => sealer.open(received(early), alice), other: () => sealer.open(received(early), mally) },
    ],
  ])(
    "%s",
    (_what, kinds) => {
      expect(smallestT(kinds)).toBeLessThan(DIFFERS);
    },
    120_000,
  );

  it("and one that stops at the first difference is found out", () => {
    const secret = "0123456789abcdef".repeat(64);
    const compare = (given: string): boolean => {
      for (let at = 0; at < secret.length; at++) if (given[at] !== secret[at]) return false;
      return true;
    };
    const first = `x${secret.slice(1)}`;
    const last = `${secret.slice(0, -1)}x`;
    expect(Math.abs(welchT({ one: () => compare(first), other: () => compare(last) }, 10_000))).toBeGreaterThan(
      DIFFERS,
    );
  });
});
