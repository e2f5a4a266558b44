import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A name that leads to another server some day, as a virtual address or a DNS name does after a failover. */
export interface Door {
  readonly port: number;
  /** Connections from now on go there. Those that are open break. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

/** Opens a door on a free port. Until it leads somewhere, it refuses everybody. */
export async function openDoor(): Promise<Door> {
  const sockets = new Set<Socket>();
  let target: number | undefined;
  const breakAll = (): void => sockets.forEach((socket) => socket.destroy());
  const server = createServer((client) => {
    if (target === undefined) return void client.destroy();
    const upstream = connect({ port: target, host: "127.0.0.1" });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(port) {
      target = port;
      breakAll();
    },
    async close() {
      breakAll();
      server.close();
      await once(server, "close");
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
