import { Cluster, Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { Cluster as ValkeyCluster, Redis as Valkey } from "iovalkey";
import { createClient, createCluster, createSentinel } from "redis";
import type { createRedisLedger } from "../src/index.ts";

/** An open client of some package, as an application would give it. */
export interface OpenClient {
  readonly client: Parameters<typeof createRedisLedger>[0];
  /** Ends it as a crash does. */
  close(): unknown;
}

/** The clients that are taken, each for a single Redis. What they are not told stays as it is by default. */
export const clientsOfOne: readonly {
  readonly name: string;
  /** @param ca the certificate of a server that speaks TLS */
  open(url: string, ca?: string): Promise<OpenClient>;
}[] = [
  {
    name: "redis 6",
    async open(url, ca) {
      const tls = ca === undefined ? {} : ({ tls: true, ca } as const);
      const client = createClient({ url, socket: { reconnectStrategy: () => 10, ...tls } });
      client.on("error", () => {});
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  },
  { name: "ioredis 6", open: async (url, ca) => disconnecting(new Redis(url, optionsOf(ca))) },
  { name: "ioredis 5", open: async (url, ca) => disconnecting(new Redis5(url, optionsOf(ca))) },
  {
    name: "ioredis 6, connected lazily",
    open: async (url, ca) => disconnecting(new Redis(url, { lazyConnect: true, ...optionsOf(ca) })),
  },
  { name: "iovalkey", open: async (url, ca) => disconnecting(new Valkey(url, optionsOf(ca))) },
];

/** The clients that are taken, each for a cluster. */
export const clientsOfClusters: readonly {
  readonly name: string;
  open(ports: readonly number[]): Promise<OpenClient>;
}[] = [
  {
    name: "redis 6",
    async open(ports) {
      const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) });
      client.on("error", () => {});
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  },
  { name: "ioredis 6", open: async (ports) => disconnecting(new Cluster(ports.map(nodeAt))) },
  { name: "ioredis 5", open: async (ports) => disconnecting(new Redis5.Cluster(ports.map(nodeAt))) },
  { name: "iovalkey", open: async (ports) => disconnecting(new ValkeyCluster(ports.map(nodeAt))) },
];

/** The clients that are taken, each for a master that sentinels name. */
export const clientsOfSentinels: readonly {
  readonly name: string;
  open(name: string, sentinels: readonly { readonly host: string; readonly port: number }[]): Promise<OpenClient>;
}[] = [
  {
    name: "redis 6",
    async open(name, sentinels) {
      const client = createSentinel({ name, sentinelRootNodes: [...sentinels], scanInterval: 100 });
      client.on("error", () => {});
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  },
  {
    name: "ioredis 6",
    open: async (name, sentinels) => disconnecting(new Redis({ name, sentinels: [...sentinels], ...optionsOf() })),
  },
  {
    name: "iovalkey",
    open: async (name, sentinels) => disconnecting(new Valkey({ name, sentinels: [...sentinels], ...optionsOf() })),
  },
];

function optionsOf(ca?: string): { retryStrategy(): number; tls?: { ca: string } } {
  return { retryStrategy: () => 10, ...(ca !== undefined && { tls: { ca } }) };
}

function nodeAt(port: number): { readonly host: string; readonly port: number } {
  return { host: "127.0.0.1", port };
}

function disconnecting(
  client: OpenClient["client"] & { disconnect(): void; on(event: "error", listener: () => void): unknown },
): OpenClient {
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
}
