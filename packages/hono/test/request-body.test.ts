import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { validator } from "hono/validator";
import { Hono as Hono46 } from "hono4.6";
import { describe, expect, it } from "vitest";
import { createTestApp } from "./app.ts";

const JSON_HEADERS = { "content-type": "application/json" };
const FORM_HEADERS = { "content-type": "application/x-www-form-urlencoded" };
const BYTES_HEADERS = { "content-type": "application/octet-stream" };

/** A body that brings no content type of its own. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function codeOf(answer: Response | Promise<Response>): Promise<unknown> {
  return ((await (await answer).json()) as { code: unknown }).code;
}

it("T14: a mounted application binds the target as received, on Node", async () => {
  const { app: bank, requireAction, provider } = createTestApp();
  bank.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
  const app = new Hono();
  for (const path of ["/eur", "/usd"]) app.mount(path, bank.fetch);
  const post = async (path: string, headers?: Record<string, string>) =>
    app.request(path, { method: "POST", headers: { "x-test-user": "alice", ...headers } }, { incoming: { url: path } });
  provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = (await (await post("/eur/withdrawals")).json()) as { token: string };
  const headers = { "action-token": provider.completeChallenge(token) };
  expect(await codeOf(post("/usd/withdrawals", headers))).toBe("action_parameters_changed");
  expect((await post("/eur/withdrawals", headers)).status).toBe(200);
});

describe("T56: a name that comes twice", () => {
  const one = '{"amount":"1"}';
  const two = '{"amount":"1000","amount":"1"}';

  it.each([
    ["application/json", two],
    ["application/vnd.bank_2+json; charset=utf-8", two],
    ["APPLICATION/JSON", two],
    ["application/octet-stream", two],
    ["text/plain", two],
    ["text/json", '{"\\u0061mount":"1000","amount":"1"}'],
    ["", two],
  ])("is refused where bind reads it as JSON, declared as %j", async (type, twice) => {
    const { app, requireAction, post, approve, provider } = createTestApp();
    const ran: unknown[] = [];
    const bind = async (c: Context) => ({ amount: ((await c.req.json()) as { amount: string }).amount });
    app.post("/withdrawals", requireAction("withdraw-funds", { bind }), async (c) => {
      ran.push(await c.req.text());
      return c.json({});
    });
    const headers = { "content-type": type };
    const token = { "action-token": await approve(one, headers) };
    const calls = provider.calls.length;
    for (const more of [token, {}])
      expect(await codeOf(post(twice, { ...headers, ...more }))).toBe("request_unbindable");
    expect([ran, provider.calls.length]).toEqual([[], calls]);
    expect((await post(one, { ...headers, ...token })).status).toBe(200);
  });

  it("is refused in bytes that a middleware has read before", async () => {
    const { app, requireAction, post } = createTestApp();
    app.use(async (c, next) => {
      await c.req.arrayBuffer();
      await next();
    });
    const bind = async (c: Context) => ({ amount: ((await c.req.json()) as { amount: string }).amount });
    app.post("/withdrawals", requireAction("withdraw-funds", { bind }), (c) => c.json({}));
    expect(await codeOf(post(two, BYTES_HEADERS))).toBe("request_unbindable");
    expect((await post(one, BYTES_HEADERS)).status).toBe(200);
  });

  it("is bound as it is in a text, and is nobody's matter where nothing is bound or nothing is read", async () => {
    const { app, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    expect((await post(two, { "content-type": "text/plain" })).status).toBe(200);
    const other = createTestApp();
    other.app.post("/withdrawals", other.requireAction("withdraw-funds", { bind: "none" }), (c) => c.json({}));
    expect((await other.post(two, JSON_HEADERS)).status).toBe(200);
    const unread = createTestApp();
    const bind = () => ({ id: "1" });
    unread.app.post("/withdrawals", unread.requireAction("withdraw-funds", { bind }), (c) => c.json({}));
    expect((await unread.post(two, BYTES_HEADERS)).status).toBe(200);
  });
});

describe("a body that the guard reads", () => {
  it.each([
    ["json", '{"amount":"1"}', JSON_HEADERS, { amount: "1" }],
    ["json", '{"amount":"1"}', { "content-type": "application/vnd.bank_2+json; charset=utf-8" }, { amount: "1" }],
    ["json", '{"amount":"1"}', { "content-type": "application/json ; charset=utf-8" }, { amount: "1" }],
    ["text", "amount: 1", { "content-type": "text/plain" }, "amount: 1"],
    ["parseBody", "amount=1&payee=a", FORM_HEADERS, { amount: "1", payee: "a" }],
  ] as const)("is there for the handler to read again, by %s", async (reader, body, headers, expected) => {
    const { app, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), async (c) => {
      const read: () => Promise<unknown> = c.req[reader].bind(c.req);
      return c.json((await read()) as object);
    });
    expect(await (await post(body, headers)).json()).toEqual(expected);
  });

  it("may have been validated before, and is validated after", async () => {
    const { app, requireAction, post } = createTestApp();
    const json = validator("json", (value: { amount: string }) => value);
    app.post("/withdrawals", json, requireAction("withdraw-funds"), json, (c) => c.json(c.req.valid("json")));
    expect(await (await post('{"amount":"1"}', JSON_HEADERS)).json()).toEqual({ amount: "1" });
  });

  it.each([
    ["JSON", '{"amount":"1"}', '{"amount":"2"}', JSON_HEADERS],
    ["a form", "amount=1", "amount=1&amount=2", FORM_HEADERS],
    ["a form that names a field twice", "amount=1&amount=2", "amount=3&amount=2", FORM_HEADERS],
    ["text", "1", "1 ", { "content-type": "text/plain" }],
    ["text of an empty type", "1", "2", { "content-type": "" }],
    ["text of no type", bytesOf("1"), bytesOf("2"), {}],
  ])("T4: is bound whole when it is %s", async (_name, approved, changed, headers) => {
    const { app, requireAction, post, approve } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    const token = { "action-token": await approve(approved, headers) };
    expect(await codeOf(post(changed, { ...headers, ...token }))).toBe("action_parameters_changed");
    expect((await post(approved, { ...headers, ...token })).status).toBe(200);
  });

  it.each([
    ["JSON", JSON_HEADERS, '"\xe4"'],
    ["text", { "content-type": "text/plain; charset=iso-8859-1" }, "\xe4"],
    ["a form", FORM_HEADERS, "to=\xe4"],
    ["text of no type", {}, "\xe4"],
  ])("T4: is refused where %s is not UTF-8, as its text says less than its bytes", async (_name, headers, sent) => {
    const { app, requireAction, post, provider } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    expect(await codeOf(post(Buffer.from(sent, "latin1"), headers))).toBe("request_unbindable");
    expect(provider.calls).toEqual([]);
  });

  it.each([
    ["4", Hono],
    ["4.6", Hono46 as unknown as typeof Hono],
  ])(
    "T4: is never bound as an empty form, in whatever letters its type is, by Hono %s",
    async (_version, framework) => {
      const { requireAction, provider } = createTestApp({ user: () => "alice" });
      const app = new framework();
      const ran: unknown[] = [];
      app.post("/withdrawals", requireAction("withdraw-funds"), async (c) => {
        ran.push(await c.req.raw.clone().text());
        return c.json({});
      });
      app.onError((_error, c) => c.text("fault", 500));
      const post = (body: string, headers: Record<string, string> = {}) =>
        app.request("/withdrawals", {
          method: "POST",
          body,
          headers: {
            "content-type": "Application/x-www-form-urlencoded",
            "content-length": `${body.length}`,
            ...headers,
          },
        });
      provider.answerNext("CHALLENGE_REQUIRED");
      const asked = await post("amount=1");
      // Where Hono takes the form for none, nothing can be bound, and nothing is approved.
      if (asked.status === 500) return;
      const token = provider.completeChallenge(((await asked.json()) as { token: string }).token);
      expect(await codeOf(post("amount=1000000", { "action-token": token }))).toBe("action_parameters_changed");
      expect(ran).toEqual([]);
    },
  );

  it.each([
    ["JSON", JSON_HEADERS],
    ["text", { "content-type": "text/plain" }],
    ["a form", FORM_HEADERS],
    ["bytes", BYTES_HEADERS],
  ])("is none where nothing was sent as %s", async (_name, headers) => {
    const { app, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    expect((await post(undefined, headers)).status).toBe(200);
    // Some runtimes make an empty body of that.
    expect((await post("", { ...headers, "content-length": "0" })).status).toBe(200);
  });

  it("T40: is refused as a form with a __proto__ field", async () => {
    const { app, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    expect(await codeOf(post("__proto__=1&amount=1", FORM_HEADERS))).toBe("request_unbindable");
  });

  it("ends at the limit of bodyLimit, before anything is tracked", async () => {
    const { app, provider, requireAction } = createTestApp();
    app.post("/withdrawals", bodyLimit({ maxSize: 10 }), requireAction("withdraw-funds"), (c) => c.json({}));
    const body = new Blob(['{"amount":"1000000"}']).stream();
    const headers = { "x-test-user": "alice", ...JSON_HEADERS };
    const init = { method: "POST", body, headers, duplex: "half" } as RequestInit;
    expect((await app.request("/withdrawals", init)).status).toBe(413);
    expect(provider.calls).toEqual([]);
  });
});

describe("JSON that cannot be parsed", () => {
  it.each(['{"amount":', "amount=1", " "])("answers 400 before anything is tracked: %s", async (body) => {
    const { app, provider, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    const answer = await post(body, JSON_HEADERS);
    expect(answer.status).toBe(400);
    expect(await codeOf(answer)).toBe("request_unbindable");
    expect(provider.calls).toEqual([]);
  });

  it("answers 400 also where bind reads it", async () => {
    const { app, requireAction, post } = createTestApp();
    const bind = async (c: Context) => ({ amount: (await c.req.json()).amount });
    app.post("/withdrawals", requireAction("withdraw-funds", { bind }), (c) => c.json({}));
    const answer = await post('{"amount":', JSON_HEADERS);
    expect(answer.status).toBe(400);
    expect(await codeOf(answer)).toBe("request_unresolvable");
  });

  it("goes on to the handler with observe, which stops nothing", async () => {
    const { app, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds", { observe: true }), async (c) =>
      c.text(await c.req.text()),
    );
    expect(await (await post('{"amount":', JSON_HEADERS)).text()).toBe('{"amount":');
  });
});

describe("a body that the guard does not read", () => {
  it("is left to stream", async () => {
    const { app, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds", { bind: "none" }), async (c) => {
      expect(c.req.raw.bodyUsed).toBe(false);
      return c.text(await new Response(c.req.raw.body).text());
    });
    expect(await (await post("bytes", BYTES_HEADERS)).text()).toBe("bytes");
  });

  it("T4: is not bound as empty, nor as whole, until the application has read it", async () => {
    const { app, provider, requireAction, post, approve } = createTestApp();
    app.onError((error, c) => c.json({ code: (error as { code?: string }).code }, 500));
    let readBefore = false;
    app.use(async (c, next) => {
      if (readBefore) await c.req.arrayBuffer();
      await next();
    });
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    expect(await codeOf(post("bytes", BYTES_HEADERS))).toBe("body_type_unsupported");
    expect(provider.calls).toEqual([]);
    readBefore = true;
    const token = { "action-token": await approve("bytes", BYTES_HEADERS) };
    expect(await codeOf(post("other", { ...BYTES_HEADERS, ...token }))).toBe("action_parameters_changed");
    expect((await post("bytes", { ...BYTES_HEADERS, ...token })).status).toBe(200);
  });

  it("may be read by bind, a multipart form for example", async () => {
    const { app, provider, requireAction, post } = createTestApp();
    const bind = async (c: Context) => ({ amount: (await c.req.parseBody())["amount"] });
    app.post("/withdrawals", requireAction("withdraw-funds", { bind }), async (c) => c.json(await c.req.parseBody()));
    const form = new FormData();
    form.set("amount", "1");
    expect(await (await post(form)).json()).toEqual({ amount: "1" });
    provider.answer("BLOCK");
    const without = new FormData();
    without.set("payee", "a");
    expect(await codeOf(post(without))).toBe("bound_field_missing");
  });
});

describe("a body of a type that nobody reads, of no announced length", () => {
  const empty = bytesOf("");
  const close = (controller: Controller): void => controller.close();
  type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

  function send(source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>>): {
    request: Request;
    answer: Promise<Response>;
  } {
    const { app, requireAction } = createTestApp({ deadlineMs: { decision: 100 } });
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    const headers = { "x-test-user": "alice", ...BYTES_HEADERS };
    const body = new ReadableStream(source);
    const init = { method: "POST", body, headers, duplex: "half" } as RequestInit;
    const request = new Request("http://localhost/withdrawals", init);
    return { request, answer: Promise.resolve(app.request(request)) };
  }

  it.each<readonly [string, readonly Uint8Array<ArrayBuffer>[], number, (controller: Controller) => void]>([
    ["no bytes", [], 200, close],
    ["empty pieces", [empty, empty], 200, close],
    ["a byte", [bytesOf("1")], 415, close],
    ["a byte behind an empty piece", [empty, bytesOf("1")], 415, close],
    ["a connection that breaks", [], 415, (controller) => controller.error(new Error("gone"))],
    ["nothing, and no end", [], 415, () => {}],
  ])("C11: with %s is none, or is refused: %#", async (_what, pieces, status, end) => {
    const { answer } = send({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        end(controller);
      },
    });
    expect((await answer).status).toBe(status);
  });

  it("is let go once it is refused, so that its source can stop", async () => {
    let isCancelled = false;
    const { request, answer } = send({ cancel: () => void (isCancelled = true) });
    await answer;
    await request.body!.cancel();
    expect(isCancelled).toBe(true);
  });

  it("is not empty because bind has read it past the cache", async () => {
    const { app, requireAction, post, provider } = createTestApp();
    app.onError((error, c) => c.json({ code: (error as { code?: string }).code }, 500));
    const bind = async (c: Context) => ({ amount: (await c.req.raw.text()) === "1" ? undefined : "2" });
    app.post("/withdrawals", requireAction("withdraw-funds", { bind }), (c) => c.json({}));
    expect(await codeOf(post("1", BYTES_HEADERS))).toBe("body_not_parsed");
    expect(provider.calls).toEqual([]);
  });

  it("is not waited for where its length is announced as 0", async () => {
    let resolved = 0;
    const { app, requireAction, post } = createTestApp({ user: () => `alice ${++resolved}` });
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    expect((await post("", { ...BYTES_HEADERS, "content-length": "0" })).status).toBe(200);
    expect(resolved).toBe(1);
  });
});

it("F21: an approval is not used where the connection has closed, whatever the signal says, on Node", async () => {
  const { app, requireAction, approve } = createTestApp();
  const ran: unknown[] = [];
  app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({ ran: ran.push(1) }));
  const headers = { "x-test-user": "alice", "action-token": await approve(undefined) };
  const send = async (destroyed: boolean) =>
    app.request(
      "/withdrawals",
      { method: "POST", headers },
      { incoming: { url: "/withdrawals", socket: { destroyed } } },
    );
  await send(true);
  expect(ran).toEqual([]);
  expect((await send(false)).status).toBe(200);
});
