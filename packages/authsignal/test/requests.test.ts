import { RequireActionError } from "@require-action/core";
import type { TrackRequest } from "@require-action/core/provider";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authsignal } from "../src/index.ts";
import { address, patient, rejection, result, trackAnswer, withdraw } from "./calls.ts";
import { SECRET } from "./stand-in.ts";
import { createFaultyServer, type FaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";

let server: FaultyServer;
beforeAll(async () => {
  server = await createFaultyServer();
});
afterAll(() => server.close());
beforeEach(() => server.use(faults.json({ ...trackAnswer, isValid: false })));

const provider = () => authsignal({ apiSecretKey: SECRET, apiUrl: `${server.origin}/v1/` });
const last = () => server.requests.at(-1);

describe("on the wire", () => {
  it("C49: track is a POST of the attributes alone, with the key as Basic user name", async () => {
    const attributes = {
      idempotencyKey: "key-1",
      redirectUrl: "https://shop.example/back",
      ipAddress: "203.0.113.9",
      userAgent: "browser",
      deviceId: "device",
      email: "a@b.example",
      phoneNumber: "+64210000000",
      username: "al",
      locale: "en",
      custom: { amount: "10.00", trusted: true, count: 3 },
    };
    await provider().track({ ...withdraw, attributes, boundFields: ["amount"] }, patient());
    expect(last()).toMatchObject({
      method: "POST",
      target: "/v1/users/alice/actions/withdraw-funds",
      headers: {
        authorization: `Basic ${Buffer.from(`${SECRET}:`).toString("base64")}`,
        "content-type": "application/json",
        "x-authsignal-version": "2.20.0",
      },
    });
    expect(JSON.parse(last()?.body ?? "")).toEqual(attributes);
  });

  it("validateChallenge is a POST of token, user and action", async () => {
    await provider().validateChallenge(result, patient());
    expect(last()).toMatchObject({ method: "POST", target: "/v1/validate" });
    expect(JSON.parse(last()?.body ?? "")).toEqual(result);
  });

  it("getAction is a GET without a body", async () => {
    await provider().getAction(address, patient());
    expect(last()).toMatchObject({ method: "GET", target: "/v1/users/alice/actions/withdraw-funds/key-1", body: "" });
  });

  it("nothing goes out but the attributes that are known: a scope would let the token change authenticators", async () => {
    const attributes = { idempotencyKey: "key-1", scope: "add:authenticators", redirectToSettings: true };
    await provider().track({ ...withdraw, attributes }, patient());
    expect(JSON.parse(last()?.body ?? "")).toEqual({ idempotencyKey: "key-1" });
  });
});

describe("T32: a path keeps its shape", () => {
  const ids: readonly (readonly [string, string])[] = [
    ["a/../../users/victim", "a%2F..%2F..%2Fusers%2Fvictim"],
    ["../sessions", "..%2Fsessions"],
    ["a?x=1", "a%3Fx%3D1"],
    ["a#b", "a%23b"],
    ["a\\b", "a%5Cb"],
    ["%2e%2e", "%252e%252e"],
    ["...", "..."],
    ["a;b", "a%3Bb"],
    ["a b", "a%20b"],
    ["é", "%C3%A9"],
  ];
  for (const [id, segment] of ids) {
    it(`for ${JSON.stringify(id)}`, async () => {
      await provider().track({ ...withdraw, userId: id }, patient());
      expect(last()?.target).toBe(`/v1/users/${segment}/actions/withdraw-funds`);
      server.useNext(faults.json({ ...trackAnswer, idempotencyKey: id }));
      await provider().getAction({ ...address, userId: id, idempotencyKey: id }, patient());
      expect(last()?.target).toBe(`/v1/users/${segment}/actions/withdraw-funds/${segment}`);
    });
  }

  const refused: readonly unknown[] = [
    "",
    ".",
    "..",
    "\ud800",
    "a\udfffb",
    "a\u0000",
    "a\r\nx: y",
    "a".repeat(257),
    null,
    1,
  ];
  for (const id of refused) {
    it(`and ${JSON.stringify(id)} is refused before any request`, async () => {
      const sent = server.requests.length;
      const odd = id as string;
      const key: TrackRequest = { ...withdraw, attributes: { idempotencyKey: odd } };
      for (const call of [
        provider().track({ ...withdraw, userId: odd }, patient()),
        provider().track(key, patient()),
        provider().validateChallenge({ ...result, userId: odd }, patient()),
        provider().getAction({ ...address, userId: odd }, patient()),
        provider().getAction({ ...address, idempotencyKey: odd }, patient()),
      ]) {
        expect(await rejection(call)).toBeInstanceOf(RequireActionError);
      }
      expect(server.requests).toHaveLength(sent);
    });
  }

  for (const action of ["", "..", "../../victim/actions/login", "a/b", "a b", "é", "a".repeat(65), "a?b"]) {
    it(`and the action ${JSON.stringify(action)} is refused before any request`, async () => {
      const sent = server.requests.length;
      expect(await rejection(provider().track({ ...withdraw, action }, patient()))).toMatchObject({ option: "action" });
      expect(await rejection(provider().validateChallenge({ ...result, action }, patient()))).toMatchObject({
        option: "action",
      });
      expect(await rejection(provider().getAction({ ...address, action }, patient()))).toMatchObject({
        option: "action",
      });
      expect(server.requests).toHaveLength(sent);
    });
  }

  it("for any text: it arrives as the same user, or not at all", async () => {
    const api = provider();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (userId) => {
        const sent = server.requests.length;
        const outcome = await api.track({ ...withdraw, userId }, patient()).catch((error: unknown) => error);
        if (outcome instanceof RequireActionError) return server.requests.length === sent;
        const segments = new URL(last()?.target ?? "", "http://x").pathname.split("/");
        return segments.length === 6 && decodeURIComponent(segments[3] ?? "") === userId;
      }),
      { numRuns: 300 },
    );
  });
});
