import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server, type Http2ServerRequest } from "node:http2";
import { type AddressInfo, connect, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { fromIncomingMessage } from "../src/index.ts";

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

/** What is seen of a request that is sent as these bytes. */
async function seen(
  bytes: string,
  prepare: (incoming: IncomingMessage) => Promise<void> = async () => {},
): Promise<View> {
  const server = createServer();
  const port = await listen(server);
  const arrived = once(server, "request") as Promise<[IncomingMessage]>;
  const socket = connect(port, "127.0.0.1");
  closing.push(() => socket.destroy());
  socket.write(bytes);
  const [incoming] = await arrived;
  await prepare(incoming);
  return fromIncomingMessage(incoming, undefined);
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
    expect((await seen(bytes)).body).toEqual({ sent, read: false, value: undefined });
  });

  it.each([
    ["a length", request("content-length: 2\r\n", "{}")],
    ["chunks", request("transfer-encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")],
    ["chunks, and no bytes in them", request("transfer-encoding: chunked\r\n", "0\r\n\r\n")],
  ])("has been read once its end has: %s", async (_name, bytes) => {
    expect((await seen(bytes, drain)).body).toMatchObject({ sent: true, read: true });
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

  it("of a test tool without a socket is not closed", () => {
    const bare = { headers: {}, readableEnded: true } as IncomingMessage;
    expect(fromIncomingMessage(bare, {}).closed()).toBe(false);
  });
});

describe("a request over HTTP/2", () => {
  async function seenOverHttp2(method: string, body?: string) {
    const server = createHttp2Server();
    const port = await listen(server as never);
    const arrived = once(server, "request") as Promise<[Http2ServerRequest]>;
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    closing.push(() => client.destroy());
    const stream = client.request({ ":method": method, ":path": "/" }, { endStream: body === undefined });
    stream.on("error", () => {});
    if (body !== undefined) stream.end(body);
    const [incoming] = await arrived;
    return { stream, incoming: incoming as unknown as IncomingMessage };
  }

  it("has a body though it tells no length", async () => {
    const { incoming } = await seenOverHttp2("POST", '{"amount":"10.00"}');
    expect(incoming.headers["content-length"]).toBeUndefined();
    expect(fromIncomingMessage(incoming, undefined).body).toMatchObject({ sent: true, read: false });
    await drain(incoming);
    expect(fromIncomingMessage(incoming, undefined).body).toMatchObject({ sent: true, read: true });
  });

  it("has none when its headers end it", async () => {
    const { incoming } = await seenOverHttp2("GET");
    expect(fromIncomingMessage(incoming, undefined).body.sent).toBe(false);
  });

  it("is closed once its stream was given up", async () => {
    const { incoming, stream } = await seenOverHttp2("POST", "{}");
    const view = fromIncomingMessage(incoming, undefined);
    expect(view.closed()).toBe(false);
    const gone = once(incoming, "close");
    stream.close(8);
    await gone;
    expect(view.closed()).toBe(true);
  });
});
