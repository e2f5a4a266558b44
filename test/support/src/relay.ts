import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** What stands on a free port of this machine, between clients and a server. */
export interface Relay {
  readonly port: number;
  /** Breaks the connections that are open. */
  breakAll(): void;
  close(): Promise<void>;
}

/**
 * Opens a relay. `join` connects a client to its server, hands over what either sends, and returns the server's end; without one,
 * the client is refused. Where one end closes, so does the other.
 */
export async function openRelay(join: (client: Socket) => Socket | undefined): Promise<Relay> {
  const sockets = new Set<Socket>();
  const breakAll = (): void => sockets.forEach((socket) => socket.destroy());
  const server = createServer((client) => {
    const upstream = join(client);
    if (upstream === undefined) return void client.destroy();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    breakAll,
    async close() {
      breakAll();
      server.close();
      await once(server, "close");
    },
  };
}
