import { codeAt } from "@require-action-test/support/codes";
import { basic } from "@require-action-test/support/send";
import express from "express";
import { beforeEach, describe, expect, it } from "vitest";
import serverless from "serverless-http";
import { createHarness, enrollApp, type Harness, track } from "../../../engine/test/harness.ts";
import { createServer, toNodeHandler } from "../../src/index.ts";

const apiSecret = "a-server-api-secret";
const user = "/auth/v1/users/alice";

let harness: Harness;
beforeEach(() => (harness = createHarness()));

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Events as API Gateway sends them. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const events: Readonly<Record<string, (sent: Sent) => object>> = {
  "version 1.0": ({ method, path, headers, body = "" }) => ({
    version: "1.0",
    httpMethod: method,
    path,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: { identity: { sourceIp: "203.0.113.7" }, requestId: "1" },
    body,
    isBase64Encoded: false,
  }),
  "version 2.0": ({ method, path, headers, body = "" }) => ({
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers,
    requestContext: { http: { method, path, sourceIp: "203.0.113.7" }, requestId: "1" },
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
  }),
};

const applications: Readonly<Record<string, () => express.Express>> = {
  "as it came": () => express(),
  "parsed before the mount": () => express().use(express.json()),
  "read before the mount": () => express().use(express.raw({ type: "*/*" })),
  "read as text before the mount": () => express().use(express.text({ type: "*/*" })),
};

describe.each(Object.entries(events))("C3: serverless-http with events of API Gateway, %s", (_version, event) => {
  describe.each(Object.entries(applications))("with a body %s", (_how, application) => {
    async function send(sent: Sent): Promise<Result> {
      const server = createServer(harness.engine, { apiSecrets: [apiSecret], tenantId: "bank" });
      const handler = serverless(application().use("/auth", toNodeHandler(server)));
      return (await handler(event(sent), {})) as Result;
    }

    it("serves the Server API", async () => {
      const headers = { authorization: basic(apiSecret), "content-type": "application/json" };
      const body = JSON.stringify({ custom: { amount: "50" } });
      const tracked = await send({ method: "POST", path: `${user}/actions/withdraw-funds`, headers, body });
      expect(JSON.parse(tracked.body)).toMatchObject({ state: "ALLOW", isEnrolled: false });
      expect(tracked.headers).toMatchObject({ "cache-control": "no-store" });
      const found = await send({ method: "GET", path: user, headers });
      expect(found.statusCode).toBe(200);
    });

    it("serves the Client API", async () => {
      const secret = await enrollApp(harness, "alice");
      const { token } = await track(harness.engine, "alice");
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const verificationCode = codeAt(secret, harness.clock.now());
      const body = JSON.stringify({ verificationCode });
      const verified = await send({ method: "POST", path: "/auth/v1/client/verify/totp", headers, body });
      expect(JSON.parse(verified.body)).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
    });

    it("refuses a request without a secret, and a target with two readings", async () => {
      expect(await send({ method: "GET", path: user, headers: {} })).toMatchObject({ statusCode: 401 });
      const headers = { authorization: basic(apiSecret) };
      expect(await send({ method: "GET", path: `${user}/../bob`, headers })).toMatchObject({ statusCode: 400 });
    });
  });
});

describe("C3: a request that is a plain object, without a socket or a stream", () => {
  const handler = toNodeHandler(async (request) =>
    Response.json({ tag: request.headers.get("x-tag"), text: await request.text() }),
  );

  async function answerTo(incoming: object): Promise<unknown> {
    let text = "";
    const outgoing = { writeHead: () => undefined, end: (body: Buffer) => void (text = body.toString()) };
    await handler({ method: "POST", url: "/a", ...incoming } as never, outgoing as never);
    return JSON.parse(text);
  }

  it.each([
    ["a Buffer", Buffer.from("{}"), "{}"],
    ["a text", "{}", "{}"],
    ["parsed", { a: 1 }, '{"a":1}'],
    ["absent", undefined, ""],
  ])("has a body that is %s", async (_what, body, text) => {
    expect(await answerTo({ headers: { "x-tag": "1" }, body })).toEqual({ tag: "1", text });
  });

  it("has headers more than once, or none", async () => {
    expect(await answerTo({ headers: { "x-tag": ["1", "2"] } })).toEqual({ tag: "1, 2", text: "" });
    expect(await answerTo({})).toEqual({ tag: null, text: "" });
  });

  it("has the headers that were received, where it was received", async () => {
    const incoming = { headersDistinct: { "x-tag": ["1", "2"] }, headers: { "x-tag": "1" } };
    expect(await answerTo(incoming)).toEqual({ tag: "1, 2", text: "" });
  });
});
