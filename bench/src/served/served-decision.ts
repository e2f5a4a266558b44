import autocannon from "autocannon";
import { ACTION, withdrawal } from "../subject-policy.ts";
import { type Burst, type ServerProcess, startServer } from "./server-process.ts";

export type DecisionServerKind = "bare" | "memory" | "postgres";

export const apiSecret = "a-server-api-secret-of-the-bench";
export const tenantId = "bench";
/** Connections of one process to its database. */
export const POOL_SIZE = 10;

const USERS = 100;
const headers = {
  "content-type": "application/json",
  authorization: `Basic ${Buffer.from(`${apiSecret}:`).toString("base64")}`,
};
const body = JSON.stringify({ ipAddress: "203.0.113.7", userAgent: "bench/1", custom: withdrawal });
const requests = Array.from({ length: USERS }, (_, user) => ({
  method: "POST" as const,
  path: `/v1/users/user-${user}/actions/${ACTION}`,
  headers,
  body,
}));

/** How it is asked. */
export interface DecisionAsking {
  readonly connections: number;
  /** A multiple of the connections. */
  readonly requests: number;
}

/** A server that decides, in a process of its own. */
export interface DecisionServer {
  burst(asking: DecisionAsking): Promise<Burst>;
  /** What one decision is answered with. */
  ask(): Promise<string>;
  end: ServerProcess["end"];
}

/** `detail` is the schema of `postgres`, and the answer of `bare`. */
export async function startDecisionServer(kind: DecisionServerKind, detail = ""): Promise<DecisionServer> {
  const { origin, burst, end } = await startServer("served/decision-server", [kind, detail]);
  return {
    end,
    burst: ({ connections, requests: amount }) =>
      burst(async () => autocannon({ url: origin, connections, amount, requests, sampleInt: 20 })),
    async ask() {
      const [{ path, method }] = requests as [(typeof requests)[number]];
      const response = await fetch(origin + path, { method, headers, body });
      const answer = await response.text();
      if (!response.ok) throw new Error(`a decision was answered ${response.status}: ${answer}`);
      return answer;
    },
  };
}
