import assert from "node:assert/strict";
import type { AdapterCase } from "../adapter-case.ts";
import { inWorld, withdraw } from "../world.ts";

export const replies: readonly AdapterCase[] = [
  ...(["CHALLENGE_REQUIRED", "REVIEW_REQUIRED", "BLOCK"] as const).map((state): AdapterCase => ({
    group: "f",
    title: `the reply to ${state} is complete: type, length, no-store, and JSON that repeats the status`,
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer(state);
        const { status, headers, text, json } = await withdraw(world);
        const isReview = state === "REVIEW_REQUIRED";
        assert.equal(status, isReview ? 202 : 403);
        assert.equal(headers["content-type"], isReview ? "application/json" : "application/problem+json");
        assert.equal(headers["cache-control"], "no-store");
        assert.equal(headers["content-length"], String(Buffer.byteLength(text)));
        assert.equal(headers["etag"], undefined);
        if (!isReview) assert.equal(json.status, status);
        assert.equal(typeof json.code, "string");
      }),
  })),
  {
    group: "f",
    title: "profile rfc9470 answers a challenge with 401 and WWW-Authenticate",
    run: (harness) =>
      inWorld(harness, { guard: { profile: "rfc9470" } }, async (world) => {
        world.provider.answer("CHALLENGE_REQUIRED");
        const { status, headers, json } = await withdraw(world);
        assert.equal(status, 401);
        assert.equal(json.status, 401);
        assert.equal(json.code, "challenge_required");
        assert.equal(
          headers["www-authenticate"],
          'Bearer error="insufficient_user_authentication", error_description="The action needs a challenge", max_age="600"',
        );
      }),
  },
];
