import type autocannon from "autocannon";
import { startChild } from "../child.ts";
import type { Approval } from "../routes/backend.ts";
import type { Served, ServerAnswer, ServerCommand } from "./counted-process.ts";

/** What one burst of requests came to. */
export interface Burst extends Served {
  /** Answers of 200. */
  readonly succeeded: number;
  readonly p99Milliseconds: number;
}

/** A server in a process of its own, so that none pays for what another keeps in memory. */
export interface ServerProcess {
  readonly origin: string;
  prepareApprovals(count: number): Promise<readonly Approval[]>;
  /** Asks from this process, by autocannon. */
  burst(fire: () => Promise<autocannon.Result>): Promise<Burst>;
  end(): Promise<void>;
}

/** Starts an entry that serves by `serveCounted`. */
export async function startServer(entry: string, args: readonly string[]): Promise<ServerProcess> {
  const child = await startChild<ServerCommand, ServerAnswer>(entry, args);
  const { port } = expectKind(child.ready, "listening");
  return {
    origin: `http://127.0.0.1:${port}`,
    end: child.end,
    async prepareApprovals(count) {
      return expectKind(await child.ask({ kind: "prepare", count }), "prepared").approvals;
    },
    async burst(fire) {
      expectKind(await child.ask({ kind: "begin" }), "begun");
      const { statusCodeStats, latency } = await fire();
      const served = expectKind(await child.ask({ kind: "end" }), "ended");
      return { ...served, succeeded: statusCodeStats?.["200"]?.count ?? 0, p99Milliseconds: latency.p99 };
    },
  };
}

function expectKind<Kind extends ServerAnswer["kind"]>(
  answer: ServerAnswer,
  kind: Kind,
): Extract<ServerAnswer, { kind: Kind }> {
  if (answer.kind !== kind) throw new Error(`a server of the bench answered ${answer.kind} instead of ${kind}`);
  return answer as Extract<ServerAnswer, { kind: Kind }>;
}
