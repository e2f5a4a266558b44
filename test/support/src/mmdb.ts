import { isIPv4 } from "node:net";

/** What a database says about some addresses: networks such as `192.0.2.0/24` or `2001:db8::/32`, and their records. */
export type MmdbNetworks = Readonly<Record<string, MmdbValue>>;

type MmdbValue = string | boolean | number | { readonly [name: string]: MmdbValue };

const RECORD_BYTES = 4;
/** The data section begins after 16 zero bytes. */
const SEPARATOR = Buffer.alloc(16);
const METADATA_MARKER = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from("MaxMind.com")]);

/** One node of the search tree: what follows a 0 and a 1. */
type Node = [Branch, Branch];
type Branch = Node | { readonly offset: number } | undefined;

/**
 * Writes a small database in MaxMind's format.
 * @see https://maxmind.github.io/MaxMind-DB/
 */
export function writeMmdb(databaseType: string, networks: MmdbNetworks, ipVersion: 4 | 6 = 6): Buffer {
  const root: Node = [undefined, undefined];
  const data: Buffer[] = [];
  let length = 0;
  for (const [network, record] of Object.entries(networks)) {
    const written = encode(record);
    insert(root, prefixOf(network, ipVersion), { offset: length });
    data.push(written);
    length += written.length;
  }
  const nodes = numbered(root);
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: databaseType,
    ip_version: ipVersion,
    node_count: nodes.size,
    record_size: RECORD_BYTES * 8,
  });
  return Buffer.concat([treeOf(nodes), SEPARATOR, ...data, METADATA_MARKER, metadata]);
}

function insert(root: Node, bits: string, leaf: { readonly offset: number }): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[Number(bit)];
    if (Array.isArray(next)) node = next;
    else node = node[Number(bit)] = [undefined, undefined];
  }
  node[Number(bits.at(-1))] = leaf;
}

/** Every node, in the order in which they are written. */
function numbered(root: Node): ReadonlyMap<Node, number> {
  const nodes = new Map<Node, number>([[root, 0]]);
  for (const [node] of nodes) {
    for (const branch of node) if (Array.isArray(branch)) nodes.set(branch, nodes.size);
  }
  return nodes;
}

function treeOf(nodes: ReadonlyMap<Node, number>): Buffer {
  const records = [...nodes.keys()].flat().map((branch) => {
    const record = Buffer.alloc(RECORD_BYTES);
    const nothing = nodes.size;
    if (Array.isArray(branch)) record.writeUInt32BE(nodes.get(branch) ?? nothing);
    else record.writeUInt32BE(branch === undefined ? nothing : nodes.size + SEPARATOR.length + branch.offset);
    return record;
  });
  return Buffer.concat(records);
}

/** The bits of a network's addresses that are the same. IPv4 is at the beginning of IPv6, as ::/96. */
function prefixOf(network: string, ipVersion: 4 | 6): string {
  const [address = "", length] = network.split("/");
  const bits = isIPv4(address) ? bitsOf(address.split(".").map(Number), 8) : bitsOf(groupsOf(address), 16);
  const prefix = bits.slice(0, Number(length));
  return isIPv4(address) && ipVersion === 6 ? "0".repeat(96) + prefix : prefix;
}

function groupsOf(address: string): readonly number[] {
  const [before = "", after = ""] = address.split("::");
  const [head = [], tail = []] = [before, after].map((part) => part.split(":").filter((group) => group !== ""));
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => "0"), ...tail];
  return groups.map((group) => Number.parseInt(group, 16));
}

function bitsOf(parts: readonly number[], width: number): string {
  return parts.map((part) => part.toString(2).padStart(width, "0")).join("");
}

const TYPES = { string: 2, uint32: 6, map: 7, boolean: 14 } as const;

function encode(value: MmdbValue): Buffer {
  if (typeof value === "boolean") return control(TYPES.boolean, value ? 1 : 0);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(TYPES.uint32, 4), bytes]);
  }
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(TYPES.string, bytes.length), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([
    control(TYPES.map, entries.length),
    ...entries.flatMap(([name, member]) => [encode(name), encode(member)]),
  ]);
}

/** A value's type and size; nothing here is as large as 285. */
function control(type: number, size: number): Buffer {
  const extended = type > 7 ? [type - 7] : [];
  const first = (type > 7 ? 0 : type) << 5;
  return Buffer.from(size < 29 ? [first | size, ...extended] : [first | 29, ...extended, size - 29]);
}
