import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFaultProxy, type FaultProxy } from "../src/faults/fault-proxy.ts";

let received: string;
let server: Server;
let proxy: FaultProxy;
let sockets: Socket[];

beforeEach(async () => {
  received = "";
  sockets = [];
  // Answers everything in capitals.
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {}).on("end", () => socket.end());
    socket.on("data", (data: Buffer) => {
      received += String(data);
      socket.write(String(data).toUpperCase());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await createFaultProxy({ port: (server.address() as AddressInfo).port });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await proxy.close();
  server.close();
});

async function open(): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
  sockets.push(socket);
  // Kept, so that a reset between two steps of a test is not lost.
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

async function reply(socket: Socket): Promise<string> {
  const [data] = (await once(socket, "data")) as [Buffer];
  return String(data);
}

/** Resolves with the code of the error that ends the socket. */
async function brokenBy(socket: Socket): Promise<unknown> {
  const [error] = (await once(socket, "error").catch((thrown: unknown) => [thrown])) as [NodeJS.ErrnoException];
  return error.code;
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

describe("a fault proxy", () => {
  it("passes both ways, and the end too, until it is told otherwise", async () => {
    const socket = await open();
    socket.write("hello");
    expect(await reply(socket)).toBe("HELLO");
    socket.end();
    await once(socket.resume(), "end");
    expect(proxy.connections).toBe(1);
  });

  it("passes megabytes whole, waiting for who reads slowly", async () => {
    const socket = await open();
    const sent = "0123456789abcdef".repeat(256 * 1024);
    socket.write(sent);
    socket.end();
    let length = 0;
    for await (const chunk of socket) length += (chunk as Buffer).length;
    expect(length).toBe(sent.length);
  });

  it("delays replies, and no longer once that is over", async () => {
    const socket = await open();
    await proxy.use({ kind: "delay", ms: 80 });
    socket.write("a");
    expect(await elapsed(() => reply(socket))).toBeGreaterThan(75);
    await proxy.use({ kind: "delay", ms: 60_000 });
    socket.write("b");
    await expect.poll(() => received).toBe("ab");
    const answer = reply(socket);
    await proxy.use({ kind: "none" });
    expect(await answer).toBe("B");
  });

  it("stalls: accepts, keeps, and lets through in order when that is over", async () => {
    const early = await open();
    await proxy.use({ kind: "stall" });
    const late = await open();
    early.write("a");
    early.write("b");
    late.write("c");
    await once(late, "data", { signal: AbortSignal.timeout(50) }).catch(() => {});
    expect(received).toBe("");
    const answers = Promise.all([reply(early), reply(late)]);
    await proxy.use({ kind: "none" });
    expect(await answers).toEqual(["AB", "C"]);
  });

  it("trickles", async () => {
    const socket = await open();
    await proxy.use({ kind: "trickle", bytes: 1, everyMs: 20 });
    socket.write("abcd");
    const pieces: string[] = [];
    const ms = await elapsed(async () => {
      while (pieces.length < 4) pieces.push(await reply(socket));
    });
    expect(pieces).toEqual(["A", "B", "C", "D"]);
    expect(ms).toBeGreaterThan(55);
  });

  it("resets open connections, and new ones", async () => {
    const socket = await open();
    const broken = brokenBy(socket);
    await proxy.use({ kind: "reset" });
    expect(await broken).toBe("ECONNRESET");
    const next = await open().catch((error: unknown) => error);
    if (next instanceof Error) expect(next).toMatchObject({ code: "ECONNRESET" });
    else expect([await brokenBy(next as Socket)]).toEqual(["ECONNRESET"]);
  });

  it("drops as many replies as it is told, after what was asked for has been done", async () => {
    await proxy.use({ kind: "drop-reply", times: 2 });
    for (const text of ["a", "b"]) {
      const socket = await open();
      socket.write(text);
      expect(await brokenBy(socket)).toBe("ECONNRESET");
    }
    const socket = await open();
    socket.write("c");
    expect(await reply(socket)).toBe("C");
    expect([received, proxy.dropped]).toEqual(["abc", 2]);
  });

  it("refuses, and listens at the same place again", async () => {
    const socket = await open();
    const broken = brokenBy(socket);
    await proxy.use({ kind: "refuse" });
    expect(await broken).toBe("ECONNRESET");
    await expect(open()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await proxy.use({ kind: "none" });
    const next = await open();
    next.write("back");
    expect(await reply(next)).toBe("BACK");
  });

  it("breaks the client's connection when there is nobody behind it", async () => {
    server.close();
    await proxy.close();
    proxy = await createFaultProxy({ port: 1 });
    const socket = await open().catch((error: unknown) => error);
    if (!(socket instanceof Error)) expect(await brokenBy(socket as Socket)).toBe("ECONNRESET");
  });
});
