import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Approval, createBackend } from "./backend.ts";
import { createExpressRoute } from "./express-route.ts";
import { createKoaRoute } from "./koa-route.ts";
import type { Framework, Front } from "./route.ts";

/** What this process is told. */
export type ServerCommand = { readonly kind: "begin" | "end" } | { readonly kind: "prepare"; readonly count: number };

/** What the server saw between `begin` and `end`. */
export interface Served {
  /** How often the handler ran. */
  readonly withdrawals: number;
  /** From the arrival of the first request to the end of the last. */
  readonly milliseconds: number;
  readonly cpuMicroseconds: number;
}

export type ServerAnswer =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "begun" }
  | ({ readonly kind: "ended" } & Served)
  | { readonly kind: "prepared"; readonly approvals: readonly Approval[] };

const RULES = 10;
const [framework, front] = process.argv.slice(2) as [Framework, Front];
const backend = createBackend(RULES);
const route = (framework === "express" ? createExpressRoute : createKoaRoute)(front, backend);

let firstAt: number | undefined;
let lastAt = 0;
let before = { withdrawals: 0, cpu: process.cpuUsage() };
const server = createServer((req, res) => {
  firstAt ??= performance.now();
  res.on("finish", () => (lastAt = performance.now()));
  route.listener(req, res);
});

async function answer(command: ServerCommand): Promise<ServerAnswer> {
  switch (command.kind) {
    case "prepare":
      return {
        kind: "prepared",
        approvals: await backend.prepareApprovals(
          command.count,
          front === "ours" || front === "limit" ? front : "by-hand",
        ),
      };
    case "begin":
      firstAt = undefined;
      before = { withdrawals: route.withdrawals(), cpu: process.cpuUsage() };
      return { kind: "begun" };
    case "end": {
      const { user, system } = process.cpuUsage(before.cpu);
      return {
        kind: "ended",
        withdrawals: route.withdrawals() - before.withdrawals,
        milliseconds: lastAt - (firstAt ?? lastAt),
        cpuMicroseconds: user + system,
      };
    }
  }
}

process.on("message", (command: ServerCommand) => {
  answer(command).then(
    (told) => process.send!(told),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.send!({ kind: "listening", port: (server.address() as AddressInfo).port } satisfies ServerAnswer);
