import { expect, vi } from "vitest";
import { createRedisAttempts, createRedisLedger, type RedisClient, type RedisOptions } from "../src/index.ts";

export const APPEND_ONLY = ["--appendonly", "yes", "--appendfsync"];
const STOCK = ["--save", "3600 1 300 100 60 10000"];
export const CREATE = [
  ["ledger", createRedisLedger],
  ["attempt counters", createRedisAttempts],
] as const;

/** What a server is like, how it is refused, and the options that accept it with a warning. */
export interface Forgetful {
  readonly server: readonly string[];
  readonly option: string | RegExp;
  readonly problem: RegExp;
  readonly accepted: readonly (readonly [options: RedisOptions, ...warnings: readonly (string | RegExp)[]])[];
  readonly refused?: readonly RedisOptions[];
}

const VOLATILE = [
  [{ checks: { persistence: "warn" } }, "RA_REDIS_VOLATILE: appendonly of this Redis is no"],
  [{ persistence: "volatile" }, "RA_REDIS_VOLATILE: appendonly of this Redis is no"],
] as const;

/** What takes an `appendfsync` of everything. */
const FSYNC = { fsyncAlways: "warn", fsyncEverysec: "warn" } as const;
const twice = (warning: string): readonly [string, string] => [warning, warning];

const settings: Readonly<Record<string, Forgetful>> = {
  "stock settings, snapshots only": {
    server: STOCK,
    option: "checks.persistence",
    problem: /appendonly of this Redis is no.*set appendonly to yes.*set this check to "warn"/,
    accepted: VOLATILE,
    refused: [{ checks: FSYNC }, { checks: { settings: "warn" } }],
  },
  "no persistence at all": {
    server: ["--save", "", "--appendonly", "no"],
    option: "checks.persistence",
    problem: /appendonly of this Redis is no/,
    accepted: VOLATILE,
  },
  "appendfsync everysec": {
    server: [...APPEND_ONLY, "everysec"],
    option: "checks.fsyncAlways",
    problem: /everysec.*the last second or two.*appendfsync to always.*this check to "warn"/,
    accepted: [
      [{ checks: { fsyncAlways: "warn" } }, "RA_REDIS_FSYNC: appendfsync of this Redis is everysec"],
      [{ fsync: "everysec" }, "RA_REDIS_FSYNC: appendfsync of this Redis is everysec"],
      [{ checks: FSYNC }, "RA_REDIS_FSYNC: appendfsync of this Redis is everysec"],
    ],
    refused: [{ checks: { fsyncAlways: "refuse", persistence: "warn" } }, { checks: { fsyncEverysec: "warn" } }],
  },
  "appendfsync no": {
    server: [...APPEND_ONLY, "no"],
    option: /^checks\.fsync/,
    problem: /appendfsync of this Redis is no.*30 seconds.*appendfsync to always/,
    accepted: [
      [{ checks: FSYNC }, ...twice("RA_REDIS_FSYNC: appendfsync of this Redis is no")],
      [{ fsync: "no" }, ...twice("RA_REDIS_FSYNC: appendfsync of this Redis is no")],
    ],
    refused: [{ checks: { fsyncAlways: "warn" } }, { fsync: "everysec" }],
  },
  "appendfsync always, but not while it is rewritten": {
    server: [...APPEND_ONLY, "always", "--no-appendfsync-on-rewrite", "yes"],
    option: /^checks\.fsync/,
    problem: /no-appendfsync-on-rewrite of this Redis is yes.*30 seconds.*set it to no/,
    accepted: [[{ checks: FSYNC }, ...twice("RA_REDIS_FSYNC: no-appendfsync-on-rewrite of this Redis is yes")]],
    refused: [{ checks: { fsyncAlways: "warn" } }],
  },
  "CONFIG renamed": {
    server: [...APPEND_ONLY, "always", "--rename-command", "CONFIG", ""],
    option: "checks.settings",
    problem: /cannot be read.*allow CONFIG GET.*vouch for.*appendfsync always/,
    accepted: [
      [{ checks: { settings: "warn" } }, /RA_REDIS_UNCHECKED: .*appendfsync of this Redis cannot be read/],
      [{ persistence: "managed" }, /RA_REDIS_UNCHECKED: .*appendfsync of this Redis cannot be read/],
    ],
    refused: [{ checks: { persistence: "warn" } }, { persistence: "volatile" }],
  },
};

function evicting(policy: string): readonly [name: string, forgetful: Forgetful] {
  return [
    `maxmemory-policy ${policy}`,
    {
      server: [...APPEND_ONLY, "always", "--maxmemory-policy", policy],
      option: "checks.eviction",
      problem: new RegExp(`maxmemory-policy of this Redis is ${policy}.*set it to noeviction`),
      accepted: [
        [{ checks: { eviction: "warn" } }, `RA_REDIS_EVICTION: maxmemory-policy of this Redis is ${policy}`],
        [{ allowEviction: true }, `RA_REDIS_EVICTION: maxmemory-policy of this Redis is ${policy}`],
      ],
      refused: [{ checks: { persistence: "warn", settings: "refuse" } }],
    },
  ];
}

const POLICIES = ["allkeys-lru", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"];

/** Every kind of server that may forget, by its name. */
export const forgetful: readonly (readonly [name: string, forgetful: Forgetful])[] = [
  ...Object.entries(settings),
  ...POLICIES.map(evicting),
];

/** The warnings since the last time, as codes and messages, where `process.emitWarning` is mocked. */
export function warnings(): readonly string[] {
  const { calls } = vi.mocked(process.emitWarning).mock;
  return calls.splice(0).map(([message, options]) => {
    expect(options).toMatchObject({ type: "RequireActionWarning" });
    return `${(options as { code: string }).code}: ${String(message)}`;
  });
}

/** Shows that a Redis is refused by one factory, and accepted with a warning by the options that name what it may forget. */
export async function expectRefusedUnlessNamed(
  create: (typeof CREATE)[number][1],
  client: RedisClient,
  { option, problem, accepted, refused = [] }: Forgetful,
): Promise<void> {
  for (const options of [{}, ...refused]) {
    const error: unknown = await create(client, options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "configuration_invalid",
      option: typeof option === "string" ? option : expect.stringMatching(option),
    });
    expect((error as Error).message).toMatch(problem);
    expect(warnings()).toEqual([]);
  }
  for (const [options, ...expected] of accepted) {
    await create(client, options);
    expect(warnings()).toEqual(
      expected.map((one) => (typeof one === "string" ? expect.stringContaining(one) : expect.stringMatching(one))),
    );
  }
}
