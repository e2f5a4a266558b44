import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { LinkFault } from "./link-fault.ts";
import { createPipe, type Passage } from "./pipe.ts";

/** A TCP proxy on a free loopback port that does to its connections what networks do. */
export interface FaultProxy {
  readonly port: number;
  /** Such as `127.0.0.1:49152`, to put into a URL. */
  readonly host: string;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Replies dropped so far. */
  readonly dropped: number;
  /** Sets what happens from now on, to connections that are open as well. Resolves when it does. */
  use(fault: LinkFault): Promise<void>;
  /** Resets every connection and stops listening. */
  close(): Promise<void>;
}

/** Where a {@link FaultProxy} leads. */
export interface FaultProxyOptions {
  readonly port: number;
  /** `127.0.0.1` by default. */
  readonly host?: string;
}

interface Link {
  resume(): void;
  reset(): void;
}

/**
 * Starts a proxy in front of anything that speaks TCP: an HTTP provider, Redis, PostgreSQL. It passes everything on until
 * it is told otherwise.
 * @example
 * const proxy = await createFaultProxy({ port: 6379 });
 * const client = await createClient({ url: `redis://${proxy.host}` }).connect();
 * await proxy.use({ kind: "delay", ms: 2_000 });
 */
export async function createFaultProxy({
  port: upstreamPort,
  host = "127.0.0.1",
}: FaultProxyOptions): Promise<FaultProxy> {
  const links = new Set<Link>();
  let fault: LinkFault = { kind: "none" };
  let connections = 0;
  let dropped = 0;
  let dropsLeft = 0;

  function accept(client: Socket): void {
    connections++;
    if (fault.kind === "reset") return void client.on("error", () => {}).resetAndDestroy();
    const upstream = connect({ port: upstreamPort, host, allowHalfOpen: true, noDelay: true });
    const requests = createPipe(client, upstream, () => passageOf(fault, "request"));
    const replies = createPipe(upstream, client, () => passageOf(fault, "reply"));
    const link: Link = {
      resume() {
        requests.resume();
        replies.resume();
      },
      reset() {
        links.delete(link);
        requests.stop();
        replies.stop();
        upstream.resetAndDestroy();
        client.resetAndDestroy();
      },
    };
    links.add(link);
    upstream.prependListener("data", () => {
      if (fault.kind !== "drop-reply" || dropsLeft === 0) return;
      dropsLeft--;
      dropped++;
      link.reset();
    });
    for (const socket of [client, upstream]) {
      socket.on("error", () => link.reset());
      socket.on("close", () => client.destroyed && upstream.destroyed && links.delete(link));
    }
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.removeListener("error", reject);
        resolve();
      });
    });
  const refuse = (): Promise<void> => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    resetAll();
    return closed;
  };
  const resetAll = (): void => {
    for (const link of links) link.reset();
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    get dropped() {
      return dropped;
    },
    async use(next) {
      fault = next;
      dropsLeft = next.kind === "drop-reply" ? (next.times ?? Number.POSITIVE_INFINITY) : 0;
      if (next.kind === "refuse") return server.listening ? refuse() : undefined;
      if (!server.listening) await listen(port);
      if (next.kind === "reset") resetAll();
      for (const link of links) link.resume();
    },
    close: () => (server.listening ? refuse() : Promise.resolve()),
  };
}

function passageOf(fault: LinkFault, direction: "request" | "reply"): Passage {
  if (fault.kind === "stall") return { kind: "held" };
  if (direction === "request") return { kind: "through" };
  if (fault.kind === "delay") return { kind: "late", ms: fault.ms };
  if (fault.kind === "trickle") return fault;
  return { kind: "through" };
}
