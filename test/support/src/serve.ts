import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of a test's own. */
export interface Served {
  readonly origin: string;
  /** Closes at once, whoever is still connected. */
  close(): Promise<void>;
}

/** Serves a listener on a free port of this machine, under a name of it: passkeys need `localhost`. */
export async function serve(listener: RequestListener, host = "localhost"): Promise<Served> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
