import {
  ACTION_TOKEN_HEADER as CORE_HEADER,
  type BoundFields,
  type ErrorCode,
  errorCatalog,
} from "@require-action/core";
import type { ActionState } from "@require-action/core/provider";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import type { Challenge, Enrollment } from "../src/index.ts";
import { ACTION_TOKEN_HEADER, readReply, type ReviewReply } from "../src/wire/wire.ts";
import { type Backend, startBackend } from "./backend.ts";
import { post } from "./harness.ts";

let backend: Backend;

beforeEach(async () => void (backend = await startBackend()));
afterEach(() => backend.close());

/** What RFC 9457 adds to a problem. */
const problem = { type: "", title: "", status: 0 };

/** A list that must name every member of `Members`, or the tests do not compile. */
const membersOf = <Members>(members: Record<keyof Members, unknown>): string[] => Object.keys(members).sort();

describe("the client's types are core's replies", () => {
  it("of a challenge", async () => {
    const response = await fetch(...post(backend, "/bound"));
    // Where the route has no inbox, nothing is said of another screen.
    const members = membersOf<Omit<Challenge, "approval"> & typeof problem>({
      ...problem,
      code: 0,
      action: 0,
      state: 0,
      token: 0,
      url: 0,
      idempotencyKey: 0,
      expiresAt: 0,
      verificationMethods: 0,
      bound: 0,
    });
    const reply = await readReply(response);
    expect(Object.keys(reply ?? {}).sort()).toEqual(members);
    const challenge = reply as Challenge;
    expect(challenge).toMatchObject({
      code: "challenge_required",
      state: "CHALLENGE_REQUIRED",
      bound: { amount: "100" },
    });
    expect(new Date(challenge.expiresAt).toISOString()).toBe(challenge.expiresAt);
    expectTypeOf<Challenge["state"]>().toExtend<ActionState>();
    expectTypeOf<NonNullable<Challenge["bound"]>>().toEqualTypeOf<BoundFields>();
  });

  it("of an enrollment", async () => {
    const url = "https://challenge.example/";
    backend.provider.answerNext({ state: "CHALLENGE_REQUIRED", isEnrolled: false, token: "t", url });
    const reply = await readReply(await fetch(...post(backend, "/withdrawals")));
    const members = membersOf<Enrollment & typeof problem>({ ...problem, code: 0, action: 0, token: 0, url: 0 });
    expect(Object.keys(reply ?? {}).sort()).toEqual(members);
    expect(reply).toMatchObject({ code: "enrollment_required", action: "withdraw-funds", token: "t", url });
  });

  it("of a review", async () => {
    backend.provider.answerNext("REVIEW_REQUIRED");
    const reply = await readReply(await fetch(...post(backend, "/withdrawals")));
    const members = membersOf<ReviewReply>({ code: 0, action: 0, state: 0, message: 0, idempotencyKey: 0 });
    expect(Object.keys(reply ?? {}).sort()).toEqual(members);
    expect(reply).toMatchObject({ code: "review_required", state: "REVIEW_REQUIRED" });
    expectTypeOf<ReviewReply["state"]>().toExtend<ActionState>();
  });

  it("in their codes and in the header of the token", () => {
    const codes: Record<(Challenge | Enrollment | ReviewReply)["code"], ErrorCode> = {
      challenge_required: "challenge_required",
      enrollment_required: "enrollment_required",
      review_required: "review_required",
    };
    for (const [code, ofCore] of Object.entries(codes)) expect(code).toBe(ofCore);
    expect(errorCatalog).toHaveProperty("decision_unavailable");
    expect(ACTION_TOKEN_HEADER.toLowerCase()).toBe(CORE_HEADER);
  });
});
