import { connect } from "node:net";
import { openRelay } from "@require-action-test/support/relay";

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
  const relay = await openRelay((client) => {
    const upstream = connect({ port, host: "127.0.0.1" });
    client.on("data", (chunk) => {
      // One character for each byte.
      const changed = rewrite(chunk.toString("latin1"));
      if (changed === undefined) client.destroy();
      else if (changed !== "") upstream.write(changed, "latin1");
    });
    upstream.pipe(client);
    return upstream;
  });
  return { url: `redis://127.0.0.1:${relay.port}`, close: relay.close };
}
