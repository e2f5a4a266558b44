import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy in front of a Redis that is not quite the one which clients would meet without it. */
export interface RewritingProxy {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a proxy on a free port that changes what clients send, byte by byte as it stands on the wire.
 * @param rewrite the changed text, or `undefined` to close the connection instead
 */
export async function startRewritingProxy(
  port: number,
  rewrite: (sent: string) => string | undefined,
): Promise<RewritingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ port, host: "127.0.0.1" });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (chunk) => {
      // One character for each byte.
      const changed = rewrite(chunk.toString("latin1"));
      if (changed === undefined) client.destroy();
      else if (changed !== "") upstream.write(changed, "latin1");
    });
    upstream.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
