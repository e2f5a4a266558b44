import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, type Server } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fromIncomingMessage, whenResponseEnded } from "../src/adapter.ts";

type View = ReturnType<typeof fromIncomingMessage>;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function drain(incoming: IncomingMessage): Promise<void> {
  incoming.resume();
  await once(incoming, "end");
}

type Exchange = [IncomingMessage, ServerResponse];

/** What a server receives that these bytes are sent to. */
async function exchange(bytes: string): Promise<Exchange> {
  const server = createServer();
  const port = await listen(server);
  const arrived = once(server, "request") as Promise<Exchange>;
  const socket = connect(port, "127.0.0.1");
  closing.push(() => socket.destroy());
  socket.write(bytes);
  return arrived;
}

/** What is seen of a request that is sent as these bytes. */
async function seen(
  bytes: string,
  prepare: (incoming: IncomingMessage) => Promise<void> = async () => {},
): Promise<View> {
  const [incoming, outgoing] = await exchange(bytes);
  await prepare(incoming);
  return fromIncomingMessage(incoming, outgoing, undefined);
}

const request = (headers: string, body = ""): string => `POST / HTTP/1.1\r\nhost: a\r\n${headers}\r\n${body}`;

describe("a request over HTTP/1.1", () => {
  it.each([
    ["no body", request(""), false],
    ["a length of 0", request("content-length: 0\r\n"), false],
    ["a length", request("content-length: 2\r\n", "{}"), true],
    ["chunks", request("transfer-encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), true],
    ["a body that is still on its way", request("content-length: 2\r\n", "{"), true],
  ])("with %s", async (_name, bytes, sent) => {
    expect((await seen(bytes)).body).toMatchObject({ sent, read: false, value: undefined });
  });

  it.each([
    ["a length", request("content-length: 2\r\n", "{}")],
    ["chunks", request("transfer-encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")],
    ["chunks, and no bytes in them", request("transfer-encoding: chunked\r\n", "0\r\n\r\n")],
  ])("has been read once its end has: %s", async (_name, bytes) => {
    expect((await seen(bytes, drain)).body).toMatchObject({ sent: true, read: true });
  });

  it.each(["GET", "HEAD"])("C22: has passed over what comes with %s, which no parser reads", async (method) => {
    const { body } = await seen(request("content-length: 2\r\n", "{}").replace("POST", method));
    expect([body.sent, body.passedOver?.()]).toEqual([true, true]);
    expect((await seen(request("content-length: 2\r\n", "{}"))).body.passedOver?.()).toBe(false);
  });

  it("has not been read when only some of it has", async () => {
    const view = await seen(request("content-length: 4\r\n", "ab"), async (incoming) => {
      await once(incoming, "readable");
      incoming.read();
    });
    expect(view.body).toMatchObject({ sent: true, read: false });
  });

  it("T42: has headers sent twice as one value that no token can be", async () => {
    const { header } = await seen(
      request("action-token: one\r\nAction-Token: two\r\nset-cookie: a\r\nset-cookie: b\r\n"),
    );
    expect([header("action-token"), header("set-cookie"), header("x-none")]).toEqual(["one, two", "a, b", undefined]);
  });

  it("T40: has no header with the name of an object's own member", async () => {
    const { header } = await seen(request(""));
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"])
      expect(typeof header(name)).not.toBe("string");
  });

  it("is closed once its client has gone", async () => {
    let disconnect = (): void => {};
    const view = await seen(request("content-length: 0\r\n"), async ({ socket }) => {
      disconnect = () => socket.destroy();
    });
    expect(view.closed()).toBe(false);
    disconnect();
    expect(view.closed()).toBe(true);
  });

  it("F21: is closed once something else has begun to answer", async () => {
    const [incoming, outgoing] = await exchange(request(""));
    const view = fromIncomingMessage(incoming, outgoing, undefined);
    expect(view.closed()).toBe(false);
    outgoing.writeHead(503).write("too ");
    expect(view.closed()).toBe(true);
    outgoing.end();
  });

  it("of a test tool without a socket is not closed", () => {
    const bare = { headers: {}, readableEnded: true } as IncomingMessage;
    expect(fromIncomingMessage(bare, {} as ServerResponse, {}).closed()).toBe(false);
  });
});

describe("the end of a response over HTTP/1.1", () => {
  const ends: (number | undefined)[] = [];
  afterEach(() => ends.splice(0));
  const note = (status: number | undefined): void => void ends.push(status);

  it("is told once, with its status", async () => {
    const [incoming, outgoing] = await exchange(request(""));
    fromIncomingMessage(incoming, outgoing, undefined).whenEnded(note);
    outgoing.writeHead(201).write("half");
    expect(ends).toEqual([]);
    outgoing.end();
    await once(outgoing, "close");
    expect(ends).toEqual([201]);
  });

  it("F21: is told without a status where the client left before there was one", async () => {
    const [incoming, outgoing] = await exchange(request(""));
    fromIncomingMessage(incoming, outgoing, undefined).whenEnded(note);
    const gone = once(outgoing, "close");
    incoming.socket.destroy();
    await gone;
    expect(ends).toEqual([undefined]);
  });

  it("is told at once where it has come already", async () => {
    const [incoming, outgoing] = await exchange(request(""));
    outgoing.end();
    await once(outgoing, "close");
    whenResponseEnded(outgoing, note);
    const [, abandoned] = await exchange(request(""));
    abandoned.socket!.destroy();
    await once(abandoned, "close");
    fromIncomingMessage(incoming, abandoned, undefined).whenEnded(note);
    expect(ends).toEqual([200, undefined]);
  });
});

describe("F21: the end of responses whose requests were sent ahead on one connection", () => {
  async function pipelined(count: number) {
    const server = createServer();
    const port = await listen(server);
    const exchanges: Exchange[] = [];
    server.on("request", (...arrived) => exchanges.push(arrived));
    const socket = connect(port, "127.0.0.1");
    closing.push(() => socket.destroy());
    socket.write(request("").repeat(count));
    while (exchanges.length < count) await new Promise(setImmediate);
    return exchanges;
  }

  it("is told for each, though node tells only the first that the client has left", async () => {
    const exchanges = await pipelined(20);
    const ends: unknown[] = [];
    const warned = vi.fn<() => void>();
    process.on("warning", warned);
    for (const [incoming, outgoing] of exchanges)
      fromIncomingMessage(incoming, outgoing, undefined).whenEnded((status) => ends.push(status));
    const [[incoming]] = exchanges as [Exchange];
    const gone = once(incoming.socket, "close");
    incoming.socket.destroy();
    await gone;
    await new Promise(setImmediate);
    expect(ends).toEqual(Array.from({ length: 20 }));
    for (const [, outgoing] of exchanges) whenResponseEnded(outgoing, (status) => ends.push(status));
    expect(ends).toHaveLength(40);
    process.off("warning", warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it("is told once for each that is answered in its turn", async () => {
    const exchanges = await pipelined(3);
    const ends: unknown[] = [];
    for (const [, outgoing] of exchanges) whenResponseEnded(outgoing, (status) => ends.push(status));
    for (const [index, [, outgoing]] of exchanges.entries()) outgoing.writeHead(200 + index).end();
    const [, last] = exchanges[2]!;
    if (!last.writableFinished) await once(last, "finish");
    const gone = once(exchanges[0]![0].socket, "close");
    exchanges[0]![0].socket.destroy();
    await gone;
    expect(ends).toEqual([200, 201, 202]);
  });
});

describe("a request over HTTP/2", () => {
  async function seenOverHttp2(method: string, body?: string, headers: Record<string, string> = {}) {
    const server = createHttp2Server();
    const port = await listen(server as never);
    const arrived = once(server, "request") as unknown as Promise<Exchange>;
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    closing.push(() => client.destroy());
    const stream = client.request({ ":method": method, ":path": "/", ...headers }, { endStream: body === undefined });
    stream.on("error", () => {});
    if (body !== undefined) stream.end(body);
    const [incoming, outgoing] = await arrived;
    return { stream, incoming, outgoing };
  }

  it("has a body though it tells no length", async () => {
    const { incoming, outgoing } = await seenOverHttp2("POST", '{"amount":"10.00"}');
    expect(incoming.headers["content-length"]).toBeUndefined();
    expect(fromIncomingMessage(incoming, outgoing, undefined).body).toMatchObject({ sent: true, read: false });
    await drain(incoming);
    expect(fromIncomingMessage(incoming, outgoing, undefined).body).toMatchObject({ sent: true, read: true });
  });

  it("has none when its length says so, though its headers do not end it", async () => {
    const { incoming, outgoing } = await seenOverHttp2("POST", "", { "content-length": "0" });
    expect(fromIncomingMessage(incoming, outgoing, undefined).body.sent).toBe(false);
  });

  it("has none when its headers end it", async () => {
    const { incoming, outgoing } = await seenOverHttp2("GET");
    expect(fromIncomingMessage(incoming, outgoing, undefined).body.sent).toBe(false);
  });

  it("is closed once its stream was given up", async () => {
    const { incoming, outgoing, stream } = await seenOverHttp2("POST", "{}");
    const view = fromIncomingMessage(incoming, outgoing, undefined);
    expect(view.closed()).toBe(false);
    const gone = once(incoming, "close");
    stream.close(8);
    await gone;
    expect(view.closed()).toBe(true);
  });

  it("F21: tells the end of its response, and that there was none", async () => {
    const ends: (number | undefined)[] = [];
    const answered = await seenOverHttp2("GET");
    whenResponseEnded(answered.outgoing, (status) => ends.push(status));
    answered.outgoing.writeHead(202).end();
    await once(answered.outgoing, "close");
    whenResponseEnded(answered.outgoing, (status) => ends.push(status));
    const left = await seenOverHttp2("GET");
    whenResponseEnded(left.outgoing, (status) => ends.push(status));
    const gone = once(left.outgoing, "close");
    left.stream.close(8);
    await gone;
    whenResponseEnded(left.outgoing, (status) => ends.push(status));
    expect(ends).toEqual([202, 202, undefined, undefined]);
  });
});

it("is not closed by headers that its route sent before the guard, and is by its end", async () => {
  const [incoming, outgoing] = await exchange(request(""));
  outgoing.flushHeaders();
  const { closed } = fromIncomingMessage(incoming, outgoing, undefined);
  expect(closed()).toBe(false);
  outgoing.end();
  expect(closed()).toBe(true);
});
