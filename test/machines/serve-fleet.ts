import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { freePort } from "@require-action-test/support/free-port";
import { serve } from "@require-action-test/support/serve";
import { hashPassword } from "@require-action/server";
import { ready, run, type Run } from "../../packages/cli/test/command-process.ts";
import { createSchema } from "../../packages/sql/test/databases.ts";
import type { Backend, Balancer } from "./balancer.ts";

export const apiSecret = "a-server-api-secret";
export const reviewer = { id: "rita", password: "correct horse" } as const;

const policy = {
  actions: {
    "sign-in": { defaultOutcome: "ALLOW" },
    "withdraw-funds": { defaultOutcome: "CHALLENGE" },
    "close-account": { defaultOutcome: "REVIEW" },
  },
};

/** One `require-action serve` of several. */
export interface Member extends Backend {
  /** Its own port, past the balancer. */
  readonly origin: string;
  /** Starts it, or another build of it. Resolves once the balancer sends to it. */
  start(options?: StartOptions): Promise<void>;
  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void;
  /** Resolves to the code that it ended with. */
  ended(): Promise<number | null>;
}

/** How to start a process. */
interface StartOptions {
  /** The file of another build. */
  readonly main?: string | undefined;
  readonly migrate?: boolean;
}

/** Processes on one schema of PostgreSQL, and what is around them. */
export interface Fleet {
  readonly members: readonly Member[];
  readonly balancer: Balancer;
  /** Runs another command on the store of all of them. */
  run(command: "migrate" | "serve", main?: string): Run;
  /** The code that the webhook received last for a user, once it has. */
  codeOf(userId: string): Promise<string>;
  /** The users of whom the webhook received news. */
  readonly announced: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Prepares processes, of which none runs yet, behind a balancer. */
export async function createFleet(
  size: number,
  startBalancer: (backends: readonly Backend[]) => Promise<Balancer>,
): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "require-action-fleet-"));
  const file = (name: string): string => join(folder, name);
  await writeFile(file("policy.json"), JSON.stringify(policy));
  const reviewers = [{ id: reviewer.id, passwordHash: await hashPassword(reviewer.password) }];
  await writeFile(file("reviewers.json"), JSON.stringify(reviewers));
  const database = createSchema();
  const codes = new Map<string, string>();
  const waiting = new Map<string, (code: string) => void>();
  const announced = new Set<string>();

  const webhook = await serve(async (request, response) => {
    const { type, data } = (await json(request)) as { type: string; data: { userId: string; code: string } };
    if (type === "email.created") {
      codes.set(data.userId, data.code);
      waiting.get(data.userId)?.(data.code);
    }
    if (type === "authenticator.created") announced.add(data.userId);
    response.writeHead(200).end();
  }, "127.0.0.1");

  const backends = await Promise.all(
    Array.from({ length: size }, async (_, index) => ({ name: `p${index + 1}`, port: await freePort() })),
  );
  const balancer = await startBalancer(backends);

  const environment = {
    REQUIRE_ACTION_API_SECRET: apiSecret,
    REQUIRE_ACTION_ENGINE_SECRET: "engine-secret-engine-secret-engine!!",
    DATABASE_URL: database.url,
  };
  const store = { "--store": "env:DATABASE_URL", "--schema": database.schema };
  const settings = {
    ...store,
    "--policy": file("policy.json"),
    "--reviewers": file("reviewers.json"),
    "--base-url": balancer.origin,
    "--webhook": `${webhook.origin}/hook`,
  };
  const start = (command: string, flags: Readonly<Record<string, string>>, main?: string, ...more: string[]): Run =>
    run([command, ...Object.entries(flags).flat(), ...more], environment, "", [], main);

  function memberOf(backend: Backend): Member {
    let process: Run | undefined;
    return {
      ...backend,
      origin: `http://127.0.0.1:${backend.port}`,
      async start({ main, migrate = false } = {}) {
        const flags = { ...settings, "--port": String(backend.port) };
        process = start("serve", flags, main, ...(migrate ? ["--migrate"] : []));
        await process.printed(ready);
        await balancer.until(backend, "UP");
      },
      signal: (name) => void process!.child.kill(name),
      ended: async () => (await process!.ended).code,
    };
  }

  const members = backends.map(memberOf);
  return {
    members,
    balancer,
    run: (command, main) => start(command, command === "migrate" ? store : { ...settings, "--port": "0" }, main),
    async codeOf(userId) {
      return codes.get(userId) ?? new Promise((resolve) => waiting.set(userId, resolve));
    },
    announced,
    async close() {
      await balancer.close();
      await webhook.close();
      await rm(folder, { recursive: true });
      await database.close();
    },
  };
}
