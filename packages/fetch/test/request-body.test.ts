import { describe, expect, it } from "vitest";
import { codeOf, createTestAction, JSON_HEADERS, post } from "./app.ts";

const FORM_HEADERS = { "content-type": "application/x-www-form-urlencoded" };
const BYTES_HEADERS = { "content-type": "application/octet-stream" };

function streamOf(...chunks: readonly string[]): ReadableStream {
  return new Blob([...chunks]).stream();
}

describe("a body that the guard reads", () => {
  const { requireAction } = createTestAction();
  const bind = async (request: Request) => ({ amount: (await request.json()).amount });

  it("is there for bind and for the handler, as often and in whatever way it is read", async () => {
    const handler = requireAction.guarded("withdraw-funds", { bind }, async ({ bound }, request) => {
      const text = '{"amount":"1"}';
      expect(bound).toEqual({ amount: "1" });
      expect(await request.json()).toEqual({ amount: "1" });
      expect(await request.text()).toBe(text);
      expect(Buffer.from(await request.arrayBuffer()).toString()).toBe(text);
      expect(Buffer.from(await request.bytes()).toString()).toBe(text);
      expect(await (await request.blob()).text()).toBe(text);
      expect(request.bodyUsed).toBe(false);
      expect(await request.clone().text()).toBe(text);
      expect(await new Response(request.body).text()).toBe(text);
      return new Response("done");
    });
    expect(await (await handler(post('{"amount":"1"}', JSON_HEADERS))).text()).toBe("done");
  });

  it("can be sent on as a request of its own", async () => {
    const handler = requireAction.guarded(
      "withdraw-funds",
      {},
      async (_approved, request) => new Response(await new Request("https://core.example/", request).text()),
    );
    expect(await (await handler(post('{"amount":"1"}', JSON_HEADERS))).text()).toBe('{"amount":"1"}');
  });

  it("is read once for several guards", async () => {
    const inner = requireAction.guarded("withdraw-funds", { bind }, ({ bound }) => Response.json(bound));
    const handler = requireAction.guarded("change-account", {}, (_approved, request) => inner(request));
    expect(await (await handler(post(streamOf('{"amount":', '"2"}'), JSON_HEADERS))).json()).toEqual({ amount: "2" });
  });

  it.each([
    ["JSON", JSON_HEADERS],
    ["text", { "content-type": "text/plain" }],
    ["a form", FORM_HEADERS],
    ["bytes", BYTES_HEADERS],
  ])("is none where nothing was sent as %s, however it was announced", async (_name, headers) => {
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    expect((await handler(post(undefined, headers))).status).toBe(200);
    expect((await handler(post("", { ...headers, "content-length": "0" }))).status).toBe(200);
    expect((await handler(post(streamOf(), headers))).status).toBe(200);
  });

  it.each(["application/vnd.bank_2+json", "application/a.b&c!#$^-1+json;v=1", "APPLICATION/JSON"])(
    "is JSON where it is declared as %s",
    async (type) => {
      const { provider, requireAction } = createTestAction();
      const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
      provider.answerNext("CHALLENGE_REQUIRED");
      const given = { "content-type": type };
      const { token } = (await (await handler(post('{"a":1,"b":2}', given))).json()) as { token: string };
      const headers = { ...given, "action-token": provider.completeChallenge(token) };
      expect((await handler(post('{ "b": 2, "a": 1 }', headers))).status).toBe(200);
    },
  );

  it("is bound as a form with all values of each field", async () => {
    const { provider, requireAction } = createTestAction();
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await handler(post("a=1&a=2&b=3", FORM_HEADERS))).json()) as { token: string };
    const headers = { ...FORM_HEADERS, "action-token": provider.completeChallenge(token) };
    for (const changed of ["a=1&b=3", "a=1&a=3&b=3"]) {
      expect(await codeOf(handler(post(changed, headers)))).toBe("action_parameters_changed");
    }
    expect((await handler(post("a=1&a=2&b=3", headers))).status).toBe(200);
  });

  it("T40: is refused as a form with a __proto__ field", async () => {
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    expect(await codeOf(handler(post("__proto__=1&amount=1", FORM_HEADERS)))).toBe("request_unbindable");
  });

  it("T4: that something has read before is not bound as empty", async () => {
    const { events, provider, requireAction } = createTestAction();
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    const request = post('{"amount":"1"}', JSON_HEADERS);
    await request.text();
    await expect(handler(request)).rejects.toMatchObject({ code: "body_not_parsed" });
    expect(events.at(-1)).toMatchObject({ type: "failure", code: "body_not_parsed" });
    expect(provider.calls).toEqual([]);
  });

  it.each([
    ["JSON", JSON_HEADERS, '"\xe4"'],
    ["text", { "content-type": "text/plain; charset=iso-8859-1" }, "\xe4"],
    ["a form", FORM_HEADERS, "to=\xe4"],
    ["text of no type", {}, "\xe4"],
  ])("T4: is refused where %s is no UTF-8, as its text says less than its bytes", async (_name, given, sent) => {
    const { provider, requireAction } = createTestAction();
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    expect(await codeOf(handler(post(Buffer.from(sent, "latin1"), given)))).toBe("request_unbindable");
    expect(provider.calls).toEqual([]);
  });

  it("breaks off as its stream does", async () => {
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("the client has gone")) });
    await expect(handler(post(broken, JSON_HEADERS))).rejects.toThrow("the client has gone");
  });
});

describe("a body that is bound whole", () => {
  const latin = (text: string): Uint8Array<ArrayBuffer> => Buffer.from(text, "latin1");

  it.each<readonly [string, BodyInit, BodyInit, Record<string, string>]>([
    ["JSON", '{"amount":"1"}', '{"amount":"2"}', { "content-type": "application/json ; charset=utf-8" }],
    ["a form", "amount=1", "amount=2", FORM_HEADERS],
    ["text", "1", "1 ", { "content-type": "text/plain" }],
    ["text of an empty type", "1", "2", { "content-type": "" }],
    ["text of no type", latin("1"), latin("2"), {}],
  ])("T4: is approved as it is, and not as another, as %s", async (_name, approved, changed, given) => {
    const { provider, requireAction } = createTestAction();
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await handler(post(approved, given))).json()) as { token: string };
    const headers = { ...given, "action-token": provider.completeChallenge(token) };
    expect(await codeOf(handler(post(changed, headers)))).toBe("action_parameters_changed");
    expect((await handler(post(approved, headers))).status).toBe(200);
  });

  it("keeps its type for whoever reads it as a file", async () => {
    const { requireAction } = createTestAction();
    const handler = requireAction.guarded(
      "withdraw-funds",
      {},
      async (_approved, request) => new Response((await request.blob()).type),
    );
    expect(await (await handler(post("1", { "content-type": "text/csv" }))).text()).toBe("text/csv");
  });

  it.each(["application/octet-stream", "text/plain"])(
    "T56: is refused with a name that comes twice where bind reads it as JSON, declared as %s",
    async (type) => {
      const { provider, requireAction } = createTestAction();
      const bind = async (request: Request) => ({ amount: ((await request.json()) as { amount: string }).amount });
      const handler = requireAction.guarded("withdraw-funds", { bind }, () => new Response("done"));
      const given = { "content-type": type };
      expect(await codeOf(handler(post('{"amount":"1000","amount":"1"}', given)))).toBe("request_unbindable");
      expect(provider.calls).toEqual([]);
      expect((await handler(post('{"amount":"1"}', given))).status).toBe(200);
    },
  );
});

describe("a body of a type that nobody reads, of no announced length", () => {
  const empty = new Uint8Array();
  const byte = new Uint8Array([1]);
  const close = (controller: ReadableStreamDefaultController): void => controller.close();

  it.each<readonly [string, readonly Uint8Array[], number, (controller: ReadableStreamDefaultController) => void]>([
    ["no bytes", [], 200, close],
    ["empty pieces", [empty, empty], 200, close],
    ["a byte", [byte], 415, close],
    ["a byte behind an empty piece", [empty, byte], 415, close],
    ["a connection that breaks", [], 415, (controller) => controller.error(new Error("gone"))],
    ["nothing, and no end", [], 415, () => {}],
  ])("C11: with %s is none, or is refused: %#", async (_what, pieces, status, end) => {
    const { requireAction } = createTestAction({ deadlineMs: { decision: 100 } });
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    const stream = new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        end(controller);
      },
    });
    expect((await handler(post(stream, BYTES_HEADERS))).status).toBe(status);
  });

  it("is not empty because bind has read it past the request's own methods", async () => {
    const { provider, requireAction } = createTestAction();
    const bind = async ({ body }: Request) => ({ amount: (await new Response(body).text()) === "1" ? undefined : "2" });
    const handler = requireAction.guarded("withdraw-funds", { bind }, () => new Response("done"));
    await expect(handler(post("1", BYTES_HEADERS))).rejects.toMatchObject({ code: "body_not_parsed" });
    expect(provider.calls).toEqual([]);
  });

  it.each([
    ["its length is announced as 0", () => post("", { ...BYTES_HEADERS, "content-length": "0" })],
    ["there is none", () => post(undefined, BYTES_HEADERS)],
  ])("is not waited for where %s", async (_where, make) => {
    let resolved = 0;
    const { requireAction } = createTestAction({ user: () => `alice ${++resolved}` });
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    expect((await handler(make())).status).toBe(200);
    expect(resolved).toBe(1);
  });

  it("T4: is bound by its bytes where a guard in front has read it", async () => {
    const { provider, requireAction } = createTestAction();
    const bind = async (request: Request) => ({ length: (await request.bytes()).length });
    const inner = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    const observing = { bind, observe: true } as const;
    const handler = requireAction.guarded("withdraw-funds", observing, (_approved, request) => inner(request));
    provider.answer("CHALLENGE_REQUIRED");
    const { token } = (await (await handler(post("12", BYTES_HEADERS))).json()) as { token: string };
    const headers = { ...BYTES_HEADERS, "action-token": provider.completeChallenge(token) };
    expect(await codeOf(handler(post("13", headers)))).toBe("action_parameters_changed");
    expect((await handler(post("12", headers))).status).toBe(200);
  });
});

describe("a body over the limit", () => {
  const ten = { bodyLimit: 10 };

  it.each([
    ["announced", () => post('{"a":"12"}', { ...JSON_HEADERS, "content-length": "10" })],
    ["streamed", () => post(streamOf('{"a":', '"12"}'), JSON_HEADERS)],
  ])("is one of more bytes than that, %s", async (_how, make) => {
    const { requireAction } = createTestAction(ten);
    expect((await requireAction(make(), "withdraw-funds", {}, () => new Response("done"))).status).toBe(200);
  });

  it.each([
    ["announced", () => post('{"amount":"1000"}', { ...JSON_HEADERS, "content-length": "17" })],
    ["streamed", () => post(streamOf('{"amount":', '"1000"}'), JSON_HEADERS)],
  ])("answers 413 before anything is tracked, %s", async (_how, make) => {
    const { provider, requireAction } = createTestAction(ten);
    const bind = async (request: Request) => ({ amount: (await request.json()).amount });
    for (const options of [{}, { bind }]) {
      const response = await requireAction(make(), "withdraw-funds", options, () => new Response("done"));
      expect(response.status).toBe(413);
      expect(await codeOf(response)).toBe("body_too_large");
    }
    expect(provider.calls).toEqual([]);
  });

  it("is not waited for where its length says so", async () => {
    const { requireAction } = createTestAction(ten);
    const late = post(new ReadableStream(), { ...JSON_HEADERS, "content-length": "11" });
    expect((await requireAction(late, "withdraw-funds", {}, () => new Response("done"))).status).toBe(413);
  });

  it("stops no guard that binds nothing, and is not there for its handler", async () => {
    const { requireAction } = createTestAction(ten);
    const handler = requireAction.guarded("withdraw-funds", { bind: "none" }, (_approved, request) => request.json());
    await expect(handler(post('{"amount":"1000"}', JSON_HEADERS))).rejects.toMatchObject({ status: 413 });
  });

  it("is a whole number of bytes", () => {
    expect(() => createTestAction({ bodyLimit: 0 })).toThrow(
      "createRequireAction: bodyLimit: must be whole bytes from 1 to 1073741824",
    );
  });
});

describe("a body that the guard does not read", () => {
  it("is left to stream", async () => {
    const { requireAction } = createTestAction({ bodyLimit: 3 });
    const handler = requireAction.guarded(
      "withdraw-funds",
      { bind: "none" },
      async (_approved, request) => new Response(await new Response(request.body).text()),
    );
    expect(await (await handler(post("bytes", BYTES_HEADERS))).text()).toBe("bytes");
  });

  it("may be read by bind, a form with files for example, and again by the handler", async () => {
    const { provider, requireAction } = createTestAction();
    const bind = async (request: Request) => ({ amount: (await request.formData()).get("amount") as string | null });
    const handler = requireAction.guarded("withdraw-funds", { bind }, async (_approved, request) =>
      Response.json([...(await request.formData()).keys()]),
    );
    const form = new FormData();
    form.set("amount", "1");
    form.set("invoice", new File(["%PDF"], "invoice.pdf"));
    expect(await (await handler(post(form))).json()).toEqual(["amount", "invoice"]);
    provider.answer("BLOCK");
    const without = new FormData();
    without.set("payee", "a");
    expect(await codeOf(handler(post(without)))).toBe("bound_field_missing");
  });

  it("T4: answers 415 where the whole request is bound", async () => {
    const { provider, requireAction } = createTestAction();
    const handler = requireAction.guarded("withdraw-funds", {}, () => new Response("done"));
    expect((await handler(post("bytes", BYTES_HEADERS))).status).toBe(415);
    expect(provider.calls).toEqual([]);
  });
});
