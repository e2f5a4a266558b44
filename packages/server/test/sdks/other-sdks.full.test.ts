import { createHmac } from "node:crypto";
import { text } from "node:stream/consumers";
import { systemClock } from "@require-action/core";
import { createMemoryStore } from "@require-action/engine";
import { serve } from "@require-action-test/support/serve";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createWebhooks } from "../../src/index.ts";
import { apiSecret, basic, createHarness, type Harness } from "../harness.ts";
import { email, type Given, type Operation, operations, type Scenario } from "./operations.ts";
import { otherSdks } from "./other-sdks.ts";
import type { Sdk, SdkRequest } from "./sdk.ts";
import { membersOf, parseAs, type Shape } from "./shapes.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

const about: Given = {
  userId: "alice",
  action: "withdraw-funds",
  idempotencyKey: "key-1",
  token: "",
  email,
  challengeId: "",
  verificationCode: "",
  userAuthenticatorId: "",
  deviceId: "device-1",
  accessToken: "",
  refreshToken: "",
};

/** Sends what the SDK sends, as bytes: without a body, it declares the type of one all the same. */
async function send(sdk: Sdk, { method, path, body }: SdkRequest, secret = apiSecret): Promise<Response> {
  return fetch(`${harness.origin}/v1${path}`, {
    method,
    headers: { ...sdk.headers, authorization: basic(secret) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function withName(members: object, from: string, to: string): object {
  return Object.fromEntries(Object.entries(members).map(([name, one]) => [name === from ? to : name, one]));
}

/** What is expected of an answer, as far as the SDK declares it. */
function declared(shape: Shape, expected: unknown): unknown {
  if (typeof shape === "string" || "oneOf" in shape || "mapOf" in shape) return expected;
  if (typeof expected !== "object" || expected === null) return expected;
  if ("listOf" in shape) {
    return Array.isArray(expected) ? expected.map((one) => declared(shape.listOf, one)) : expected;
  }
  if (Object.getPrototypeOf(expected) !== Object.prototype) return expected;
  const members = Object.entries(expected).filter(([name]) => Object.hasOwn(shape.members, name));
  return Object.fromEntries(members.map(([name, one]) => [name, declared(shape.members[name] ?? "any", one)]));
}

describe.each(otherSdks)("$name $version", (sdk) => {
  const methods = Object.entries(sdk.methods) as [Operation, NonNullable<Sdk["methods"][Operation]>][];

  it.each(methods.filter(([, { fault }]) => fault === undefined))("%s works", async (operation, method) => {
    const scenario: Scenario = operations[operation];
    const given: Given = { ...about, ...(await scenario.given(harness)) };
    const response = await send(sdk, method.request(given));
    expect(response.status).toBe(200);
    // To the letter, as Python's SDK compares it.
    expect(response.headers.get("content-type")).toBe("application/json");
    const json: unknown = await response.json();
    expect(json).not.toHaveProperty("error");
    if (scenario.answers !== undefined) {
      const { answer = "any", actionIs = "action" } = method;
      const renamed = Array.isArray(scenario.answers)
        ? scenario.answers
        : withName(scenario.answers, "action", actionIs);
      expect(sdk.read(answer, json)).toMatchObject(sdk.spell(declared(answer, renamed)) as object);
    }
    await scenario.afterwards?.(harness, given);
  });

  it.each(methods.filter(([, { fault }]) => fault === undefined))(
    "%s is served in the profile strict, or said not to be",
    async (operation, method) => {
      await harness.close();
      harness = await createHarness({ server: { profile: "strict" } });
      const given: Given = { ...about, ...(await operations[operation].given(harness)) };
      const { status } = await send(sdk, method.request(given));
      expect(status).toBe(method.strictFault === undefined ? 200 : 400);
    },
  );

  it.each(methods.filter(([, { fault }]) => fault !== undefined))("%s has a fault of its own", async (name, method) => {
    const given: Given = { ...about, ...(await operations[name].given(harness)) };
    const response = await send(sdk, method.request(given));
    const json: unknown = await response.json();
    // A reason goes when the method works.
    const works = (): void => {
      expect(response.status).toBe(200);
      sdk.read(method.answer ?? "any", json);
    };
    expect(works).toThrow();
    expect(response.status).toBeLessThan(500);
  });

  it("S14: makes its error of a refusal", async () => {
    const request = sdk.methods.getUser?.request(about) ?? { method: "GET", path: "/" };
    const response = await send(sdk, request, "a-wrong-secret-of-somebody");
    const shape: Shape = { members: membersOf("string", [sdk.errorCode, "errorDescription"]) };
    expect([response.status, sdk.read(shape, await response.json())]).toMatchObject([
      401,
      sdk.spell({
        [sdk.errorCode]: "unauthorized",
        errorDescription: expect.stringMatching(/^The request is unauthorized\. Check that your API key/) as string,
      }),
    ]);
  });
});

describe("webhooks", () => {
  const received: { body: string; signature: string }[] = [];
  let receiver: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    receiver = await serve(async (request, response) => {
      received.push({ body: await text(request), signature: String(request.headers["x-signature-v2"]) });
      response.end();
    }, "127.0.0.1");
  });
  afterAll(() => receiver.close());

  it("S16: each event of ours is one of each SDK's", async () => {
    const store = createMemoryStore();
    const webhooks = createWebhooks({ url: receiver.origin, apiSecrets: [apiSecret], tenantId: "bank", store });
    await harness.close();
    harness = await createHarness({ store, engine: { ...webhooks.engineOptions, clock: systemClock } });
    await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email });
    const { token } = await harness.sdk.track({
      userId: "alice",
      action: "withdraw-funds",
      attributes: { custom: { amount: "25.50" } },
    });
    const client = (path: string, body: object) =>
      fetch(`${harness.origin}/v1/client/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    await client("challenge/email-otp", {});
    const { data } = JSON.parse(received.at(-1)?.body ?? "") as { data: { code: string; custom: string } };
    expect(JSON.parse(data.custom)).toEqual({ amount: "25.50" });
    await client("verify/email-otp", { verificationCode: data.code });
    await webhooks.deliverDue();
    const shape: Shape = {
      members: { version: "int32", ...membersOf("string", ["type", "id", "source", "time", "tenantId"]), data: "any" },
    };
    for (const { body, signature } of received) {
      // As each of the five computes it.
      const [, time, mac] = /^t=(\d+),v2=([\w+/]+)$/.exec(signature) ?? [];
      expect(mac).toBe(createHmac("sha256", apiSecret).update(`${time}.${body}`).digest("base64").replaceAll("=", ""));
      const event: unknown = JSON.parse(body);
      for (const { webhookData } of otherSdks) {
        if (webhookData === undefined) continue;
        expect(parseAs({ members: { ...shape.members, data: webhookData } }, event, {})).toEqual(event);
      }
    }
    const types = received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(new Set(types)).toEqual(new Set(["action.verify", "authenticator.created", "email.created"]));
  });
});
