import { connect } from "node:net";
import { openRelay, type Relay } from "@require-action-test/support/relay";

/** A name that leads to another server some day, as a virtual address or a DNS name does after a failover. */
export interface Door extends Pick<Relay, "port" | "close"> {
  /** Connections from now on go there. Those that are open break. */
  leadTo(port: number): void;
}

/** Opens a door on a free port. Until it leads somewhere, it refuses everybody. */
export async function openDoor(): Promise<Door> {
  let target: number | undefined;
  const { port, breakAll, close } = await openRelay((client) => {
    if (target === undefined) return undefined;
    const upstream = connect({ port: target, host: "127.0.0.1" });
    client.pipe(upstream).pipe(client);
    return upstream;
  });
  return {
    port,
    close,
    leadTo(next) {
      target = next;
      breakAll();
    },
  };
}
