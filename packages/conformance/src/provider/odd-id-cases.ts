import { isId } from "@require-action/core/provider";
import { expect } from "vitest";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { addressOf, freshKey, patient, type ProviderHarness, settle, track, trackInto } from "./provider-harness.ts";

/** Ids that look like another after decoding, normalising, trimming, folding or leaving a path. */
const lookalikes: readonly ((id: string) => string)[] = [
  (id) => `x/../${id}`,
  (id) => `./${id}`,
  (id) => `${id}/`,
  (id) => `${id}/.`,
  (id) => `${id}?x=1`,
  (id) => `${id}#x`,
  (id) => `${id};x=1`,
  (id) => `${id}%00`,
  (id) => `%2e%2e/users/${id}`,
  (id) => Array.from(id, (char) => `%${char.charCodeAt(0).toString(16)}`).join(""),
  (id) => `..\\${id}`,
  (id) => ` ${id}`,
  (id) => `${id} `,
  (id) => `${id}\u200b`,
  (id) => `${id}\n`,
  (id) => id.replace(/[a-z]/, (letter) => letter.toUpperCase()),
];

/** Two ids each that are not the same, though they end up so when parts are joined, folded or replaced. */
const pairs: readonly (readonly [string, string])[] = [
  ["a:b", "a"],
  ["a|b", "a"],
  ["é", "e\u0301"],
  ["ﬁ", "fi"],
  ["K", "\u212a"],
  ["user", "user "],
  ["1", "01"],
  ["constructor", "toString"],
  ["__proto__", "prototype"],
];

const ordinary: readonly string[] = [
  "alice@example.com",
  "auth0|5f7c",
  "ユーザー",
  "👩‍🚀",
  "a b",
  "100%",
  "a+b",
  "a/b",
  "a?b#c",
  "a\\b",
];

const malformed: readonly unknown[] = [
  "",
  "\ud800",
  "a\udc00b",
  "\u0000",
  "a\nb",
  "a".repeat(257),
  7,
  null,
  undefined,
  ["u"],
  {},
];

export const oddIdCases: readonly ConformanceCase<ProviderHarness>[] = [
  {
    title: "T32: an id with characters of its own is tracked, and found, as it is",
    async run(harness) {
      for (const id of ordinary) {
        const subject = await harness.subject("REVIEW_REQUIRED");
        const tracked = await track(harness, { ...subject, userId: `${id}-${freshKey()}` });
        expect(await harness.provider.getAction(addressOf(tracked), patient())).toMatchObject({
          state: "REVIEW_REQUIRED",
        });
      }
    },
  },
  {
    title: "T32: an id that looks like another's reaches nobody's action",
    async run(harness) {
      const tracked = await trackInto(harness, "REVIEW_REQUIRED");
      const address = addressOf(tracked);
      for (const lookalike of lookalikes) {
        const userId = lookalike(address.userId);
        const idempotencyKey = lookalike(address.idempotencyKey);
        for (const other of [{ userId }, { idempotencyKey }]) {
          const found = await settle(() => harness.provider.getAction({ ...address, ...other }, patient()));
          expect([undefined, "refused"], JSON.stringify(other)).toContain(found);
        }
      }
      const action = `../../${address.userId}/actions/${address.action}`;
      expect(["refused", undefined]).toContain(
        await settle(() => harness.provider.getAction({ ...address, userId: "x", action }, patient())),
      );
    },
  },
  {
    title: "T32: the ids . and .. are one user each, or refused",
    async run(harness) {
      for (const userId of [".", ".."]) {
        const subject = { ...(await harness.subject("REVIEW_REQUIRED")), userId };
        const tracked = await settle(() => track(harness, subject));
        if (tracked === "refused") continue;
        expect(await harness.provider.getAction(addressOf(tracked), patient())).toMatchObject({
          state: "REVIEW_REQUIRED",
        });
      }
    },
  },
  {
    title: "T41: ids that differ never meet",
    async run(harness) {
      for (const [one, other] of pairs) {
        const suffix = freshKey();
        const subject = await harness.subject("REVIEW_REQUIRED");
        const tracked = await settle(() => track(harness, { ...subject, userId: one }, `${suffix}:c`));
        if (tracked === "refused") continue;
        const address = { ...addressOf(tracked), userId: other };
        for (const idempotencyKey of [address.idempotencyKey, `b:${suffix}:c`, `b|${suffix}:c`]) {
          const found = await settle(() => harness.provider.getAction({ ...address, idempotencyKey }, patient()));
          expect([undefined, "refused"], `${one} and ${other}`).toContain(found);
        }
      }
    },
  },
  {
    title: "T41: a malformed user id is refused",
    async run(harness) {
      const subject = await harness.subject("ALLOW");
      for (const value of malformed) {
        expect(isId(value)).toBe(false);
        const userId = value as string;
        expect(await settle(() => track(harness, { ...subject, userId })), JSON.stringify(value)).toBe("refused");
      }
    },
  },
];
