import { setTimeout as pass } from "node:timers/promises";
import { createClient } from "redis";

/** Moves slots of a cluster between its masters until it is stopped. */
export interface MovingSlots {
  /** The keys whose slots are moved at this moment. */
  readonly moving: ReadonlySet<string>;
  /** Stops, once what was begun is moved. Resolves to how many moves there were. */
  stop(): Promise<number>;
}

/**
 * Moves the slots of these keys, several at a time and again and again, as resharding does: each is opened on both masters, its
 * keys are moved, and it is assigned. Each of the three lasts some milliseconds more.
 */
export async function moveSlots(
  ports: readonly number[],
  keys: readonly string[],
  { atOnce, pauseMs }: { readonly atOnce: number; readonly pauseMs: number },
): Promise<MovingSlots> {
  const masters = await openMasters(ports);
  // Some of them may share a slot.
  const slots = new Map<unknown, string>();
  for (const key of keys) slots.set((await masters[0]!.list("CLUSTER", "KEYSLOT", key))[0], key);
  const waiting = [...slots.values()];
  const moving = new Set<string>();
  const over = new AbortController();
  let moves = 0;
  const move = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const key = waiting.shift()!;
      const source = await ownerOf(key, masters);
      const target = masters[(masters.indexOf(source) + 1 + (moves % 2)) % masters.length]!;
      moving.add(key);
      await moveSlot(key, { source, target, masters, pauseMs });
      moving.delete(key);
      waiting.push(key);
      moves++;
    }
  };
  const movers = Promise.all(Array.from({ length: atOnce }, move));
  // Whoever stops them is told of it.
  movers.catch(() => {});
  return {
    moving,
    async stop() {
      over.abort();
      await movers.finally(() => masters.forEach(({ close }) => close()));
      return moves;
    },
  };
}

interface Move {
  readonly source: Node;
  readonly target: Node;
  readonly masters: readonly Node[];
  readonly pauseMs: number;
}

let migrated: Promise<void> = Promise.resolve();

/**
 * Servers answer nothing while they migrate keys: two that do so to each other would wait for each other. Nor may two masters
 * take a slot at the same time: the cluster has one number for each such change.
 */
const inTurn = (migrate: () => Promise<void>): Promise<void> => (migrated = migrated.then(migrate));

async function moveSlot(key: string, { source, target, masters, pauseMs }: Move): Promise<void> {
  const [slot] = (await source.list("CLUSTER", "KEYSLOT", key)).map(String);
  await target.list("CLUSTER", "SETSLOT", slot!, "IMPORTING", source.id);
  await source.list("CLUSTER", "SETSLOT", slot!, "MIGRATING", target.id);
  await pass(pauseMs);
  await inTurn(async () => {
    for (;;) {
      const some = (await source.list("CLUSTER", "GETKEYSINSLOT", slot!, "3")).map(String);
      if (some.length === 0) break;
      await source.list("MIGRATE", "127.0.0.1", String(target.port), "", "0", "5000", "KEYS", ...some);
    }
    await pass(pauseMs);
    for (const node of [target, source, ...masters]) await node.list("CLUSTER", "SETSLOT", slot!, "NODE", target.id);
  });
  await pass(pauseMs);
}

/** The master that all masters take for the owner. */
async function ownerOf(key: string, masters: readonly Node[]): Promise<Node> {
  for (;;) {
    const owners: Node[] = [];
    for (const node of masters) if (await node.list("GET", key).then(() => true, isElsewhere)) owners.push(node);
    if (owners.length === 1) return owners[0]!;
    await pass(5);
  }
}

/** A connection to one node, for commands of whoever runs it. */
interface Node {
  readonly port: number;
  readonly id: string;
  list(...command: readonly string[]): Promise<readonly unknown[]>;
  close(): void;
}

async function openMasters(ports: readonly number[]): Promise<readonly Node[]> {
  const nodes = await Promise.all(ports.map(openNode));
  const masters: Node[] = [];
  for (const node of nodes) {
    if ((await node.list("ROLE"))[0] === "master") masters.push(node);
    else node.close();
  }
  return masters;
}

async function openNode(port: number): Promise<Node> {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on("error", () => {});
  await client.connect();
  const list = async (...command: readonly string[]): Promise<readonly unknown[]> => {
    const answer: unknown = await client.sendCommand([...command]);
    return Array.isArray(answer) ? answer : [answer];
  };
  return { port, list, id: String((await list("CLUSTER", "MYID"))[0]), close: () => client.destroy() };
}

function isElsewhere(error: unknown): false {
  if (error instanceof Error && error.message.startsWith("MOVED")) return false;
  throw error;
}
