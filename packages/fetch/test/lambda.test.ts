import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import type { TrackRequest } from "@require-action/core/provider";
import { describe, expect, it } from "vitest";
import { createRequireAction, type LambdaCall, type LambdaEvent } from "../src/lambda.ts";
import { createTestGuard } from "./app.ts";

const text = '{"amount":"1"}';

/** An event of an HTTP API, as API Gateway documents it. */
function event2(
  change: Partial<LambdaEvent> = {},
  authorizer: object | undefined = { jwt: { claims: { sub: "alice" } } },
) {
  return {
    version: "2.0",
    rawPath: "/prod/withdrawals",
    rawQueryString: "b=2&a=%31",
    cookies: ["session=s1", "__as_aid=device-1"],
    headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.66", "user-agent": "curl" },
    requestContext: {
      domainName: "id.execute-api.eu-central-1.amazonaws.com",
      http: { method: "POST", path: "/prod/withdrawals", sourceIp: "192.0.2.1" },
      ...(authorizer && { authorizer }),
    },
    body: text,
    isBase64Encoded: false,
    ...change,
  } satisfies LambdaEvent;
}

/** An event of a REST API. */
function event1(change: Partial<LambdaEvent> = {}, authorizer: object | undefined = { claims: { sub: "alice" } }) {
  return {
    path: "/withdrawals",
    httpMethod: "POST",
    headers: { "content-type": "application/json" },
    multiValueHeaders: { "content-type": ["application/json"], cookie: ["session=s1"] },
    multiValueQueryStringParameters: { a: ["1", "&2"], b: ["ä"] },
    requestContext: {
      path: "/prod/withdrawals",
      identity: { sourceIp: "192.0.2.1" },
      ...(authorizer && { authorizer }),
    },
    body: text,
    isBase64Encoded: false,
    ...change,
  } satisfies LambdaEvent;
}

const bind = async ({ request }: LambdaCall) => ({ amount: (await request.json()).amount });

describe.each([
  ["an HTTP API", event2],
  ["a REST API", event1],
] as const)("a function behind %s", (_name, makeEvent) => {
  it("knows its user by the authorizer, its address by the gateway, and its body in base64 too", async () => {
    const { provider, options } = createTestGuard();
    const { guarded } = createRequireAction(options);
    const handler = guarded("withdraw-funds", { bind }, async ({ bound }, { request }) =>
      Response.json([bound, await request.json()]),
    );
    for (const change of [{}, { body: Buffer.from(text).toString("base64"), isBase64Encoded: true }]) {
      const result = await handler(makeEvent(change));
      expect(result.statusCode).toBe(200);
      expect(JSON.parse(result.body)).toEqual([{ amount: "1" }, { amount: "1" }]);
    }
    expect(provider.calls[0]?.request).toMatchObject({ userId: "alice", attributes: { ipAddress: "192.0.2.1" } });
  });

  it.each([
    ["no authorizer", undefined],
    ["an authorizer without a subject", { claims: {}, jwt: { claims: {} } }],
    ["claims that are text", { claims: '{"sub":"alice"}' }],
    ["a subject that is no text", { claims: { sub: 1 }, jwt: { claims: { sub: 1 } } }],
    ["inherited claims", { claims: Object.create({ sub: "alice" }), jwt: { claims: Object.create({ sub: "alice" }) } }],
  ])("refuses everybody with %s, whatever headers say", async (_what, authorizer) => {
    const { provider, options } = createTestGuard();
    const handler = createRequireAction(options).guarded("withdraw-funds", { bind }, () => new Response());
    const event = makeEvent({ headers: { authorization: "Bearer x", "x-user": "alice" } }, authorizer ?? {});
    expect((await handler(event)).statusCode).toBe(401);
    expect(provider.calls).toEqual([]);
  });

  it.each(["GET", "HEAD"])(
    "T4: a body that comes with %s is bound, or refused, and never taken for none",
    async (method) => {
      const { provider, options } = createTestGuard();
      const handler = createRequireAction(options).guarded("withdraw-funds", {}, () => new Response("done"));
      const get = (change: Partial<LambdaEvent>, headers: Record<string, string> = {}) => {
        const event = makeEvent({ httpMethod: method, multiValueHeaders: null, headers, ...change });
        return handler({ ...event, requestContext: { ...event.requestContext, ...httpOf(event, method) } });
      };
      provider.answerNext("CHALLENGE_REQUIRED");
      const { token } = JSON.parse((await get({ body: null })).body);
      const headers = { "action-token": provider.completeChallenge(token) };
      expect((await get({ body: text }, headers)).statusCode).toBe(403);
      expect((await get({ body: null }, headers)).statusCode).toBe(200);
    },
  );

  it("sends cookies and bytes as the gateway takes them", async () => {
    const { options } = createTestGuard();
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);
    const handler = createRequireAction(options).guarded("withdraw-funds", { bind }, () => {
      const response = new Response(png, { headers: { "content-type": "image/png" } });
      response.headers.append("set-cookie", "a=1");
      response.headers.append("set-cookie", "b=2; Path=/");
      return response;
    });
    const { headers, body, isBase64Encoded, cookies, multiValueHeaders } = await handler(makeEvent());
    expect(headers).toEqual({ "content-type": "image/png" });
    expect(isBase64Encoded).toBe(true);
    expect(Buffer.from(body, "base64")).toEqual(Buffer.from(png));
    const sent = ["a=1", "b=2; Path=/"];
    expect({ cookies, multiValueHeaders }).toEqual(
      makeEvent === event2 ? { cookies: sent } : { multiValueHeaders: { "set-cookie": sent } },
    );
  });

  it("answers with nothing else where there is no cookie, and shows the handler those of the request", async () => {
    const { options } = createTestGuard();
    const handler = createRequireAction(options).guarded("withdraw-funds", { bind }, (_approved, { request }) =>
      Response.json(request.headers.get("cookie")),
    );
    expect(await handler(makeEvent())).toEqual({
      statusCode: 200,
      headers: { "content-type": "application/json" },
      body: makeEvent === event2 ? '"session=s1; __as_aid=device-1"' : '"session=s1"',
      isBase64Encoded: false,
    });
  });
});

function httpOf({ requestContext }: LambdaEvent, method: string): object {
  return "http" in requestContext ? { http: { ...(requestContext.http as object), method } } : {};
}

it("takes the events of API Gateway's own types, and a REST API's principal", async () => {
  const { provider, options } = createTestGuard();
  const handler = createRequireAction<APIGatewayProxyEvent | APIGatewayProxyEventV2>(options).guarded(
    "withdraw-funds",
    { bind: "none" },
    () => new Response(),
  );
  const event = event1({}, { principalId: "carol", user: "alice" }) as unknown as APIGatewayProxyEvent;
  expect((await handler(event)).statusCode).toBe(200);
  expect(provider.calls[0]?.request).toMatchObject({ userId: "carol" });
});

it("binds the path and the query as the gateway received them", async () => {
  const { provider, options } = createTestGuard();
  const handler = createRequireAction(options).guarded("withdraw-funds", {}, () => new Response("done"));
  provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = JSON.parse((await handler(event2())).body);
  const headers = { ...event2().headers, "action-token": provider.completeChallenge(token) };
  for (const change of [
    { rawPath: "/other/withdrawals" },
    { rawQueryString: "a=%31&b=2" },
    { rawQueryString: "b=2&a=1" },
  ]) {
    expect((await handler(event2({ headers, ...change }))).statusCode).toBe(403);
  }
  expect((await handler(event2({ headers }))).statusCode).toBe(200);
});

it.each([
  ["T4: a query with a question mark in it", event2({ rawQueryString: "next=/x?y=1&z=%3F" }), "?next=/x?y=1&z=%3F"],
  ["T4: a path that was decoded", event2({ rawPath: "/a?b#c", rawQueryString: "" }), "/a%3Fb%23c"],
  [
    "single parameters",
    event1({ multiValueQueryStringParameters: null, queryStringParameters: { a: "&1" } }),
    "?a=%261",
  ],
])("hands on %s whole", async (_what, event, end) => {
  const { provider, options } = createTestGuard();
  const handler = createRequireAction(options).guarded(
    "withdraw-funds",
    { bind: ({ request }) => ({ url: request.url }) },
    (_approved, { request }) => new Response(request.url),
  );
  expect((await handler(event)).body.endsWith(end)).toBe(true);
  expect(provider.calls).toHaveLength(1);
});

it("takes text of any script in a header, as Node has its bytes", async () => {
  const { options } = createTestGuard();
  const handler = createRequireAction(options).guarded("withdraw-funds", { bind }, (_approved, { request }) =>
    Response.json(Buffer.from(request.headers.get("x-name") ?? "", "latin1").toString()),
  );
  expect((await handler(event2({ headers: { ...event2().headers, "x-name": "Łukasz €" } }))).body).toBe('"Łukasz €"');
});

describe("a function behind a load balancer", () => {
  /** An event of an Application Load Balancer: parameters as they were sent, no address, and nobody authenticated. */
  function balanced(change: Partial<LambdaEvent> = {}): LambdaEvent {
    return {
      requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/a/b" } },
      httpMethod: "POST",
      path: "/withdrawals",
      queryStringParameters: { a: "%31", b: "2" },
      headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.66, 192.0.2.1" },
      body: Buffer.from(text).toString("base64"),
      isBase64Encoded: true,
      ...change,
    };
  }
  const several = { headers: null, multiValueHeaders: { "content-type": ["application/json"], "not a name": ["x"] } };
  const user = () => "alice";

  it("T4: binds the query as it was sent, however its target group writes it", async () => {
    const { provider, options } = createTestGuard();
    const handler = createRequireAction({ ...options, user }).guarded(
      "withdraw-funds",
      {},
      (_approved, { request }) => {
        return new Response(new URL(request.url).search);
      },
    );
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = JSON.parse((await handler(balanced())).body);
    const headers = { ...balanced().headers, "action-token": provider.completeChallenge(token) };
    for (const a of ["1", "%2531", "%31&b=3"]) {
      expect((await handler(balanced({ headers, queryStringParameters: { a, b: "2" } }))).statusCode).toBe(403);
    }
    const lists = { queryStringParameters: null, multiValueQueryStringParameters: { a: ["%31"], b: ["2"] } };
    expect(await handler(balanced({ headers, ...lists }))).toMatchObject({ statusCode: 200, body: "?a=%31&b=2" });
  });

  it.each([
    [
      "by clientAddress alone",
      ({ event }: LambdaCall) => event.headers?.["x-forwarded-for"]?.split(",").at(-1),
      "192.0.2.1",
    ],
    ["not at all by itself", undefined, undefined],
  ])("knows the client's address %s", async (_how, clientAddress, ipAddress) => {
    const { provider, options } = createTestGuard();
    const given = { ...options, user, ...(clientAddress && { clientAddress }) };
    const handler = createRequireAction(given).guarded("withdraw-funds", { bind }, () => new Response());
    expect((await handler(balanced())).statusCode).toBe(200);
    const tracked = provider.calls[0]?.request as TrackRequest | undefined;
    expect(tracked?.attributes.ipAddress).toBe(ipAddress);
  });

  it.each([
    ["single", {}, { "content-type": "text/html", "set-cookie": "a=1", "Set-cookie": "b=2" }, undefined],
    ["several", several, {}, { "content-type": ["text/html"], "set-cookie": ["a=1", "b=2"] }],
  ])("answers with %s values of headers, as it is asked", async (_how, change, headers, multiValueHeaders) => {
    const { options } = createTestGuard();
    const handler = createRequireAction({ ...options, user }).guarded("withdraw-funds", { bind }, () => {
      const response = new Response("<p>", { headers: { "content-type": "text/html" } });
      for (const cookie of ["a=1", "b=2"]) response.headers.append("set-cookie", cookie);
      return response;
    });
    const result = await handler(balanced(change));
    expect([result.statusCode, result.headers, result.multiValueHeaders]).toEqual([200, headers, multiValueHeaders]);
  });
});
