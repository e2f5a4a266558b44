import { request as httpRequest } from "node:http";
import { allowWarnings } from "@require-action-test/support/warnings";
import { createMemoryStore, type Store } from "@require-action/engine";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Endpoint, endpoints } from "./endpoints.ts";
import { type Answer, apiSecret, basic, createHarness, type Harness } from "./harness.ts";

allowWarnings("RA_ACTION_UNKNOWN");

const writes = new Set<keyof Store>([
  "record",
  "transition",
  "updateUser",
  "deleteUser",
  "updateDevice",
  "addAuthenticator",
  "activateAuthenticator",
  "updateAuthenticator",
  "deleteAuthenticator",
  "putChallenge",
  "takeChallenge",
  "putSession",
  "refreshSession",
  "endSession",
  "endSessions",
]);
const written: string[] = [];

/** A store that tells what was changed. */
function watched(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (writes.has(name as keyof Store)) written.push(String(name));
      return Reflect.get(target, name);
    },
  });
}

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness({ store: watched(createMemoryStore()) });
});
afterAll(() => harness.close());
afterEach(() => void (written.length = 0));

function expectRefusal({ status, headers, text, json }: Answer, expected?: number): void {
  if (expected === undefined) expect([status >= 400 && status < 500, text]).toEqual([true, text]);
  else expect([status, text]).toEqual([expected, text]);
  expect(json).toEqual({
    error: expect.stringMatching(/^[a-z_]+$/),
    errorCode: json.error,
    errorDescription: expect.stringMatching(/\S/),
    // Where one member is at fault, it is named.
    ...(Object.hasOwn(json, "field") && { field: expect.any(String) }),
  });
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(written).toEqual([]);
}

const call = ({ method, path }: Endpoint, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
  harness.call(method, path, body, { authorization: basic(apiSecret), ...headers });

describe.each(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
  "%s",
  (_name, endpoint) => {
    it("is there", async () => {
      const { json } = await call(endpoint, endpoint.body);
      expect(json.errorDescription ?? "").not.toContain("There is no such endpoint");
    });

    it("refuses callers without a secret before anything else", async () => {
      for (const authorization of ["", "Basic", basic("wrong-api-secret"), `Bearer ${apiSecret}`]) {
        const answer = await harness.call(endpoint.method, endpoint.path, endpoint.body, { authorization });
        expectRefusal(answer, 401);
        expect(answer.json.errorCode).toBe("unauthorized");
        expect(answer.headers.get("www-authenticate")).toMatch(/^Basic /);
      }
      const { method, path } = endpoint;
      if (method !== "GET") expectRefusal(await harness.call(method, path, "{", {}), 401);
    });

    it("refuses other methods, and names its own", async () => {
      const own = endpoints.filter(({ path }) => path === endpoint.path).map(({ method }) => method);
      const others = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((one) => !own.includes(one as never));
      for (const method of others) {
        // Where a fixed path and a user's meet, the user's methods are there too.
        if (endpoint.path === "/users/authenticators" && ["GET", "PATCH", "DELETE"].includes(method)) continue;
        const answer = await harness.call(method, endpoint.path, undefined);
        expectRefusal(answer, 405);
        expect(answer.headers.get("allow")?.split(", ")).toEqual(expect.arrayContaining(own));
      }
    });

    it("T42: refuses a query parameter that is given twice", async () => {
      for (const name of endpoint.query ?? []) {
        const query = name === "limit" || name === "lastEvaluatedUserId" ? "username=a&" : "userId=a&action=b&";
        const twice = `${query.replace(`${name}=`, "x=")}${name}=1&${name}=2`;
        expectRefusal(await harness.call("GET", `${endpoint.path}?${twice}`), 400);
      }
    });

    if (endpoint.method === "GET") return;

    it.each(["{", "[]", "[1]", '"text"', "7", "null", "true", "{a:1}", "\0", "<xml/>", "a=b", '{"a":1}}'])(
      "refuses the body %j",
      async (body) => expectRefusal(await call(endpoint, body), 400),
    );

    it("T56: refuses a body that names a member twice", async () => {
      const body = JSON.stringify({ ...endpoint.body, filler: 0 });
      for (const twice of ['"filler":1', '"f\\u0069ller":0', '"x":[{"y":1,"y":1}]']) {
        expectRefusal(await call(endpoint, `${body.slice(0, -1)},${twice}}`), 400);
      }
    });

    it("refuses a huge body, announced or not", async () => {
      const huge = JSON.stringify({ ...endpoint.body, filler: "x".repeat(70_000) });
      expectRefusal(await call(endpoint, huge), 413);
      expectRefusal(await sendInChunks(endpoint, huge), 413);
    });

    it("takes what is announced and empty for no body, and a mark of byte order for none", async () => {
      const refused = [413, 415];
      const types = ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"];
      for (const type of types) {
        const { status } = await call(endpoint, "", { "content-type": type });
        expect(refused).not.toContain(status);
      }
      const { status: marked, text } = await call(endpoint, `\ufeff${JSON.stringify(endpoint.body ?? {})}`);
      expect(refused).not.toContain(marked);
      expect(text).not.toContain("not JSON");
    });

    it("refuses a body that is declared as something else", async () => {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]) {
        expectRefusal(await call(endpoint, endpoint.body ?? {}, { "content-type": type }), 415);
      }
    });

    it("takes JSON by every spelling of its type", async () => {
      for (const type of ["APPLICATION/JSON", "application/json ;charset=utf-8", "application/vnd.bank!v1+json"]) {
        const { status } = await call(endpoint, endpoint.body ?? {}, { "content-type": type });
        expect(status).not.toBe(415);
      }
    });

    it.each(endpoint.typed ?? [])("refuses %s of the wrong type", async (name) => {
      const values = [7, ["x"], { x: { y: 1 } }, "\0", "\ud800", "x".repeat(20_000)];
      for (const value of name === "custom" ? ["x", ["x"], 7, { "": 1 }, { x: "\0" }] : values) {
        // Any text is a token, a challenge or a constraint: one that leads nowhere. A browser may say what it likes.
        const isText = typeof value === "string";
        const isFree = ["token", "action", "userId", "challengeId", "verificationCode"].includes(name);
        const takesText = (isFree && /validate|verify/.test(endpoint.path)) || name === "userAgent";
        if (isText && (takesText || name === "customDomain")) continue;
        const body = { ...endpoint.body, [name]: value };
        expectRefusal(await call(endpoint, body));
      }
    });
  },
);

it("says below which paths the endpoints are, to an SDK whose URL lacks the version or has it twice", async () => {
  const { status, json } = await harness.call("GET", "/v1/users/alice");
  expect(status).toBe(404);
  expect(json.errorDescription).toContain("below /v1");
});

describe("odd ids", () => {
  const malformed = ["%00", "a%0ab", "a".repeat(257), "%ff", "%ed%a0%80", "%C3", "a%e2%80%a8b"];
  const withIds = endpoints.filter(({ path }) => path.startsWith("/users/"));

  it.each(malformed)("T41: %s is nobody's id, and nothing's", async (id) => {
    for (const { method, path, body } of withIds) {
      const segments = path.split("/");
      for (const [index, segment] of segments.entries()) {
        if (!["alice", "sign-in", "key", "1"].includes(segment)) continue;
        expectRefusal(await harness.call(method, segments.with(index, id).join("/"), body));
      }
    }
  });

  it.each(["alice@bank.example", "auth0|5f7c", "ユーザー", "👩‍🚀", "a b", "100%", "100%é", "a+b", "a:b", '"', "{x}"])(
    "T32: the stock SDK's bare %j is the user of that id",
    async (userId) => {
      const attributes = { idempotencyKey: "key" };
      await harness.sdk.track({ userId, action: "sign-in", attributes });
      expect((await harness.engine.actions.find({ userId, action: "sign-in", idempotencyKey: "key" }))?.state).toBe(
        "ALLOW",
      );
    },
  );

  it.each(["a/b", "a?b#c", "..", "100%", "%2e%2e", "a%00b", "%", "%zz", "a\\b", "//", "é", "e\u0301"])(
    "T32: the encoded %j is the user of that id",
    async (userId) => {
      const path = `/users/${encodeURIComponent(userId)}/actions/sign-in`;
      const { status } = await harness.call("POST", path, { idempotencyKey: "key" });
      // Two dots leave a path, encoded or not.
      if (userId === "..") return expect(status).toBe(404);
      const action = await harness.engine.actions.find({ userId, action: "sign-in", idempotencyKey: "key" });
      expect([status, action?.userId]).toEqual([200, userId]);
    },
  );

  it("T2: refuses action codes that are none", async () => {
    for (const action of ["sign in", "sign-in%20", "s%C3%A9", "a".repeat(65), "sign.in", "%E2%80%8Bsign-in"]) {
      expectRefusal(await harness.call("POST", `/users/alice/actions/${action}`, {}), 400);
    }
  });

  it("T40: knows of no user, action or data point that JavaScript would find by itself", async () => {
    for (const id of ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"]) {
      expect((await harness.call("GET", `/users/${id}`)).json).toMatchObject({ isEnrolled: false });
      expect((await harness.call("GET", `/users/${id}/authenticators`)).json).toEqual([]);
      expectRefusal(await harness.call("POST", `/users/alice/actions/${id}`, {}), 400);
      expectRefusal(await harness.call("GET", `/users/${id}/actions/sign-in/${id}`), 404);
    }
    const body = '{"__proto__":{"state":"BLOCK"},"constructor":{"prototype":{"x":1}}}';
    expectRefusal(await harness.call("PATCH", "/users/alice/actions/sign-in/key", body), 400);
    expect(({} as { state?: unknown; x?: unknown }).state ?? ({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe("what is nobody's endpoint", () => {
  it.each([
    "/",
    "/nothing",
    "/users/alice/",
    "/users//actions/sign-in",
    "/users/alice/actions/sign-in/key/more",
    "//users",
  ])("answers 404 for %s", async (path) => expectRefusal(await harness.call("GET", path), 404));

  it("answers 404 outside the API", async () => {
    for (const path of ["/", "/v1", "/v2/users/alice", "/dev/outbox", "/.env"]) {
      const response = await fetch(harness.origin + path);
      expect([path, response.status]).toEqual([path, 404]);
    }
  });

  it("answers 400 for a method that the fetch API does not have", async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { method: "TRACE", headers: { authorization: basic(apiSecret) } };
      httpRequest(`${harness.origin}/v1/users/alice`, options, ({ statusCode }) => resolve(statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(400);
  });
});

/** Without a content-length. */
async function sendInChunks({ method, path }: Endpoint, body: string): Promise<Answer> {
  const stream = new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; at += 10_000) controller.enqueue(Buffer.from(body.slice(at, at + 10_000)));
      controller.close();
    },
  });
  const headers = { authorization: basic(apiSecret), "content-type": "application/json" };
  const init = { method, headers, body: stream, duplex: "half" } as RequestInit;
  const response = await fetch(`${harness.origin}/v1${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}
