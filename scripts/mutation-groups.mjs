/**
 * What mutation tests change, by group: the files that are mutated, and the tests that belong to them. Each group runs alone,
 * so that a mutant meets no test that knows nothing of it.
 */
export const mutationGroups = {
  core: {
    mutate: [
      "packages/core/src/{binding/{seal,binding,canonical-json},guard/guard,pipeline/{approval-ground,evaluate,decide,verify,claim},ledger/memory-ledger}.ts",
    ],
    tests: ["packages/core/test/**/*.test.ts"],
  },
  engine: {
    mutate: [
      "packages/engine/src/{keys/{tokens,keyring},challenges/{challenges,verify-answer,validate-challenge},context/attempt-limits,actions/transitions}.ts",
    ],
    tests: ["packages/engine/test/*.test.ts"],
  },
  express: adapter("express"),
  koa: adapter("koa"),
  fastify: adapter("fastify"),
  hono: adapter("hono"),
  fetch: { mutate: ["packages/fetch/src/**/*.ts"], tests: ["packages/fetch/test/*.test.ts"] },
  nestjs: adapter("nestjs"),
  ai: adapter("ai"),
  mcp: adapter("mcp"),
  // Without the queues on engines, whose tests wait for servers.
  parked: {
    mutate: ["packages/parked/src/{delivery-loop,memory-queue,parked-worker}.ts"],
    tests: ["packages/parked/test/{memory-queue,worker}.test.ts"],
  },
  // Without the tests that start servers or processes: a simulated Redis finds the same in milliseconds.
  redis: {
    mutate: ["packages/redis/src/*.ts"],
    tests: [
      "packages/redis/test/{check-redis,confirmation-steps,io-redis,master-watch,reach,redis-attempts,redis-ledger}.test.ts",
    ],
  },
  ledgers: {
    mutate: ["packages/sql/src/ledger/*.ts"],
    tests: [
      "packages/sql/test/{ledger-clocks,ledger-conformance,ledger-errors,ledger-timelines,query-builders,transactions}.test.ts",
    ],
  },
  "code-challenges": {
    mutate: ["packages/server/src/code-challenges/*.ts"],
    tests: ["packages/server/test/code-{challenges,events,guessing}.test.ts"],
  },
};

function adapter(name) {
  return { mutate: [`packages/${name}/src/*.ts`], tests: [`packages/${name}/test/*.test.ts`] };
}

/** The group that `MUTATION_GROUP` names. */
export function mutationGroup() {
  const name = process.env.MUTATION_GROUP ?? "core";
  const group = mutationGroups[name];
  if (group === undefined) throw new Error(`MUTATION_GROUP: there is no group ${name}`);
  return { name, ...group };
}
