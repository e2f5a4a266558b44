import { once } from "node:events";
import { Agent, createServer as createHttpServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { GuardOptions, SharedOptions } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import { createEngine, type Policy, type Store } from "@require-action/engine";
import { createRequireAction } from "@require-action/express";
import { createServer, toNodeHandler } from "@require-action/server";
import express, { type Request } from "express";

/** Needs two trips to the store for a decision, one of which waits for the user's row; and decides BLOCK whatever it finds. */
const policy: Policy = {
  actions: {
    pay: {
      defaultOutcome: "BLOCK",
      rules: [
        {
          ruleId: "often",
          name: "Often",
          priority: 1,
          type: "BLOCK",
          conditions: { ">": [{ var: "velocity.count" }, 100_000] },
        },
      ],
    },
  },
  counters: [{ name: "count", kind: "count", by: "user", window: "1h", actions: ["pay"] }],
};

/** An application whose one action is always BLOCK, with guard, engine and page in this process. */
export interface LoadedApp {
  /** How often the handler ran, which it never should. */
  readonly ran: number;
  readonly events: GuardEvent[];
  /** Sends one request for each name at once. Answers how many had each status. */
  ask(users: readonly string[]): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

/** What a test decides about it. */
export type LoadedAppOptions = Pick<SharedOptions<Request>, "deadlineMs" | "onUnavailable"> & {
  readonly resilience?: NonNullable<GuardOptions<Request>["resilience"]>;
};

/** Starts one over a store. */
export async function startLoadedApp(store: Store, options: LoadedAppOptions): Promise<LoadedApp> {
  const engine = createEngine({
    policy,
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example/auth",
    store,
  });
  const page = createServer(engine, {
    apiSecrets: ["an-api-secret-for-tests"],
    tenantId: "bank",
    basePath: "/auth",
    store,
  });
  const events: GuardEvent[] = [];
  const requireAction = createRequireAction({
    provider: engine,
    user: (req) => req.get("x-user"),
    sealSecrets: ["a secret of at least thirty-two bytes"],
    on: (event) => void events.push(event),
    ...options,
  });
  let ran = 0;
  const app = express();
  app.all("/auth/*path", toNodeHandler(page));
  app.post("/pay", requireAction("pay", { bind: "none" }), (_req, res) => {
    ran += 1;
    res.json({ ran: true });
  });
  const server = createHttpServer(app).listen({ port: 0, host: "127.0.0.1", backlog: 4_096 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });

  const pay = (user: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = sendRequest({ agent, port, host: "127.0.0.1", method: "POST", path: "/pay" }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode!));
      });
      sent.setHeader("x-user", user);
      sent.on("error", reject);
      sent.end();
    });

  return {
    get ran() {
      return ran;
    },
    events,
    async ask(users) {
      const counts = new Map<number, number>();
      for (const status of await Promise.all(users.map(pay))) counts.set(status, (counts.get(status) ?? 0) + 1);
      return counts;
    },
    async close() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}
