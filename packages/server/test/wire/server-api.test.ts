import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiSecret, basic, createHarness, type Harness, refusal } from "../harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

/** The bytes of an answer, as no client has read them. */
async function rawAnswer(target: string): Promise<string> {
  const { hostname, port } = new URL(harness.origin);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(
    `GET /v1${target} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic(apiSecret)}\r\nconnection: close\r\n\r\n`,
  );
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += chunk as string;
  return text;
}

describe("attributes that no rule reads", () => {
  const track = (body: object, action = "sign-in") => harness.call("POST", `/users/alice/actions/${action}`, body);
  const dropped = (): unknown[] =>
    harness.events.filter(({ type }) => type === "attribute.dropped").map(({ reason }) => reason);

  it("S12: are left out where they are malformed, and reported by name, as the suite of Go needs it", async () => {
    await harness.engine.reloadPolicy({
      actions: { "sign-in": { defaultOutcome: "ALLOW", verificationMethods: ["AUTHENTICATOR_APP"] } },
    });
    const { status, json } = await track({
      phoneNumber: "1234567890",
      deviceId: "",
      ipAddress: "",
      custom: { tags: ["a", "b"], order: { id: 1 }, note: null, vip: true },
    });
    expect([status, json.state]).toEqual([200, "ALLOW"]);
    const { idempotencyKey } = json;
    const action = await harness.engine.actions.find({ userId: "alice", action: "sign-in", idempotencyKey });
    expect(action?.attributes).toEqual({ custom: { vip: true }, scope: "read:authenticators" });
    expect(dropped()).toEqual(["custom.tags", "custom.order", "custom.note", "phoneNumber"]);
  });

  it("S12: updateUser refuses a telephone number without its country, as the suites of Go and Python send one", async () => {
    await harness.engine.reloadPolicy({
      actions: { "sign-in": { defaultOutcome: "ALLOW", verificationMethods: ["AUTHENTICATOR_APP"] } },
    });
    for (const method of ["PATCH", "POST"]) {
      expect(
        await harness.call(method, "/users/alice", { phoneNumber: "9876543210", displayName: "A New User" }),
      ).toMatchObject({
        status: 400,
        json: { errorCode: "invalid_request", errorDescription: expect.stringContaining("country code") },
      });
    }
    expect(await harness.sdk.getUser({ userId: "alice" })).not.toHaveProperty("displayName");
  });

  it("S12: are refused where a rule of the action reads them", async () => {
    for (const payee of [["mallory"], null, { name: "mallory" }]) {
      expect(await track({ custom: { payee } }, "withdraw-funds")).toMatchObject({
        status: 400,
        json: { errorCode: "invalid_request", errorDescription: expect.stringContaining("custom.payee") },
      });
    }
    expect(dropped()).toEqual([]);
  });

  it("S12: are refused where a counter of the action sums them", async () => {
    await harness.engine.reloadPolicy({
      actions: { pay: { defaultOutcome: "ALLOW" } },
      dataPoints: [{ name: "amount", type: "decimal", optional: true }],
      counters: [{ name: "paid", kind: "sum", by: "user", window: "1d", actions: ["pay"], field: "amount" }],
    });
    expect(await track({ custom: { amount: ["5"] } }, "pay")).toMatchObject({ status: 400 });
    expect(await track({ custom: { amount: "5", tags: [] } }, "pay")).toMatchObject({ status: 200 });
  });

  it("S12: of a user are left out and reported likewise, as the kiosk's update needs it, and refused where the policy has them", async () => {
    const update = (custom: object) => harness.call("POST", "/users/alice", { custom });
    const { status, json } = await update({ preference: { size: "L" }, tags: ["a"], note: null, vip: true });
    expect([status, json.custom]).toEqual([200, { vip: true }]);
    expect((await harness.sdk.getUser({ userId: "alice" })).custom).toEqual({ vip: true });
    expect(dropped()).toEqual(["custom.preference", "custom.tags", "custom.note"]);
    await harness.engine.reloadPolicy({
      actions: { "sign-in": { defaultOutcome: "ALLOW" } },
      dataPoints: [{ name: "tier", type: "text", model: "user", optional: true }],
    });
    for (const tier of [["gold"], null, { name: "gold" }]) {
      expect(await update({ tier, vip: false })).toMatchObject({
        status: 400,
        json: { errorCode: "invalid_request", errorDescription: expect.stringContaining("tier") },
      });
    }
    expect((await harness.sdk.getUser({ userId: "alice" })).custom).toEqual({ vip: true });
    expect(dropped()).toHaveLength(3);
  });

  it("S12: an empty array of PHP's is no attributes, for track, users and challenges", async () => {
    expect(await track({ custom: [] })).toMatchObject({ status: 200 });
    expect(await harness.call("PATCH", "/users/alice", { custom: [] })).toMatchObject({ status: 200 });
    const challenge = { verificationMethod: "EMAIL_OTP", action: "sign-in", email: "alice@bank.example", custom: [] };
    expect(await harness.call("POST", "/challenge", challenge)).toMatchObject({ status: 200 });
  });

  it("S12: that are of no type that Authsignal takes are refused all the same", async () => {
    for (const one of [{ deviceId: {} }, { custom: ["x"] }, { custom: "x" }, { custom: { "": [] }, deviceId: 1 }]) {
      expect(await track(one)).toMatchObject({ status: 400 });
    }
  });
});

describe("answers of the Server API", () => {
  it("S1: are of the type application/json to the letter, with a length, as Python 4.3 needs it", async () => {
    for (const target of ["/users/alice", "/users/alice/actions/sign-in/none"]) {
      const [head = "", body = ""] = (await rawAnswer(target)).split("\r\n\r\n");
      expect(head).toMatch(/\r\ncontent-type: application\/json\r\n/i);
      expect(head).toMatch(new RegExp(`\r\ncontent-length: ${Buffer.byteLength(body)}(?:\r\n|$)`, "i"));
      expect(head).not.toMatch(/transfer-encoding/i);
    }
  });

  it("S10: POST changes a user as PATCH does, as Java and Ruby need it", async () => {
    const { status, json } = await harness.call("POST", "/users/alice", { displayName: "Alice", email: "a@b.example" });
    expect([status, json]).toMatchObject([200, { displayName: "Alice", email: "a@b.example" }]);
    expect(await harness.sdk.getUser({ userId: "alice" })).toMatchObject({ displayName: "Alice" });
    expect(await harness.call("POST", "/users/alice", { email: 1 })).toMatchObject({ status: 400 });
    expect((await harness.call("POST", "/users/authenticators", {})).json).toMatchObject({
      errorCode: "not_supported",
    });
  });

  it("S14: a wrong secret is refused in Authsignal's words, as the suites of Node, Go, Java and .NET need it", async () => {
    const { json, status } = await harness.call("GET", "/users/alice", undefined, { authorization: basic("wrong") });
    expect([status, json]).toMatchObject([
      401,
      {
        errorCode: "unauthorized",
        errorDescription:
          "The request is unauthorized. Check that your API key and region base URL are correctly configured.",
      },
    ]);
  });

  it("S17: GET /authenticators lists what is offered, as Authsignal's command line needs it", async () => {
    const { status, json } = await harness.call("GET", "/authenticators");
    expect([status, json]).toEqual([
      200,
      harness.engine.verificationMethods.map(({ name }) => ({ verificationMethod: name, isActive: true })),
    ]);
  });

  it.each([".", ".."])("S8: takes no id from a body that no path could name: %s", async (id) => {
    const track = harness.sdk.track({ userId: "alice", action: "sign-in", attributes: { idempotencyKey: id } });
    expect(await refusal(track)).toMatchObject({ status: 400, code: "invalid_request" });
    const begun = { verificationMethod: "EMAIL_OTP", action: "sign-in", email: "a@b.example" };
    for (const about of [{ idempotencyKey: id }, { userId: id }]) {
      expect(await harness.call("POST", "/challenge", { ...begun, ...about })).toMatchObject({ status: 400 });
    }
    expect(await harness.call("POST", "/claim", { challengeId: "x", userId: id })).toMatchObject({ status: 400 });
  });
});
