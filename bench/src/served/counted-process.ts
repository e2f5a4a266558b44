import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Approval } from "../routes/backend.ts";

/** What a process that serves is told. */
export type ServerCommand = { readonly kind: "begin" | "end" } | { readonly kind: "prepare"; readonly count: number };

/** What the server saw between `begin` and `end`. */
export interface Served {
  /** How often it did what it is asked for. */
  readonly served: number;
  /** From the arrival of the first request to the end of the last. */
  readonly milliseconds: number;
  readonly cpuMicroseconds: number;
}

export type ServerAnswer =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "begun" }
  | ({ readonly kind: "ended" } & Served)
  | { readonly kind: "prepared"; readonly approvals: readonly Approval[] };

/** What a process serves, and how often it has so far. */
export interface CountedListener {
  readonly listener: RequestListener;
  served(): number;
  prepareApprovals?(count: number): Promise<readonly Approval[]>;
}

/** Serves, counts, and answers the process that asked for it. */
export async function serveCounted({ listener, served, prepareApprovals }: CountedListener): Promise<void> {
  let firstAt: number | undefined;
  let lastAt = 0;
  let before = { served: served(), cpu: process.cpuUsage() };
  const server = createServer((req, res) => {
    firstAt ??= performance.now();
    res.on("finish", () => (lastAt = performance.now()));
    listener(req, res);
  });

  async function answer(command: ServerCommand): Promise<ServerAnswer> {
    switch (command.kind) {
      case "prepare":
        return { kind: "prepared", approvals: (await prepareApprovals?.(command.count)) ?? [] };
      case "begin":
        firstAt = undefined;
        before = { served: served(), cpu: process.cpuUsage() };
        return { kind: "begun" };
      case "end": {
        const { user, system } = process.cpuUsage(before.cpu);
        return {
          kind: "ended",
          served: served() - before.served,
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
}
