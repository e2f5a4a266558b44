import autocannon from "autocannon";
import { startChild } from "../child.ts";
import { withdrawal } from "../subject-policy.ts";
import { type Approval, challengedWithdrawal } from "./backend.ts";
import { type Framework, type Front, PATH, USER_HEADER } from "./route.ts";
import type { Served, ServerAnswer, ServerCommand } from "./route-server.ts";

/** What one burst of requests came to. */
export interface Burst extends Served {
  /** Answers of 200. */
  readonly succeeded: number;
  readonly p99Milliseconds: number;
}

/** How a route is asked. */
export interface Asking {
  readonly connections: number;
  /** A multiple of the connections. */
  readonly requests: number;
  /** One for each request; without them, nobody is challenged. */
  readonly approvals?: readonly Approval[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route in a process of its own. */
export interface ServedRoute {
  readonly framework: Framework;
  readonly front: Front;
  prepareApprovals(count: number): Promise<readonly Approval[]>;
  /** Asks from this process, by autocannon. */
  burst(asking: Asking): Promise<Burst>;
  end(): Promise<void>;
}

/** Starts a route in a process of its own, so that none pays for what another keeps in memory. */
export async function serveRoute(framework: Framework, front: Front): Promise<ServedRoute> {
  const child = await startChild<ServerCommand, ServerAnswer>("routes/route-server", [framework, front]);
  const { port } = expectKind(child.ready, "listening");
  return {
    framework,
    front,
    end: child.end,
    async prepareApprovals(count) {
      return expectKind(await child.ask({ kind: "prepare", count }), "prepared").approvals;
    },
    async burst(asking) {
      expectKind(await child.ask({ kind: "begin" }), "begun");
      const { statusCodeStats, latency } = await fire(`http://127.0.0.1:${port}${PATH}`, asking);
      const served = expectKind(await child.ask({ kind: "end" }), "ended");
      return { ...served, succeeded: statusCodeStats?.["200"]?.count ?? 0, p99Milliseconds: latency.p99 };
    },
  };
}

function fire(url: string, { connections, requests, approvals, headers = {} }: Asking): Promise<autocannon.Result> {
  const request = {
    method: "POST",
    path: PATH,
    headers: { "content-type": "application/json", "user-agent": "bench/1", [USER_HEADER]: "alice", ...headers },
    body: JSON.stringify(approvals === undefined ? withdrawal : challengedWithdrawal),
  } as const;
  const share = requests / connections;
  let begun = 0;
  return autocannon({
    ...request,
    url,
    connections,
    amount: requests,
    // It looks that often whether it is done: a burst takes less than its default of a second.
    sampleInt: 20,
    // Each connection has approvals of its own, written out beforehand: each is sent once.
    ...(approvals !== undefined && {
      setupClient: (client) => {
        const own = approvals.slice(begun * share, ++begun * share);
        client.setRequests(
          own.map(({ userId, token }) => ({
            ...request,
            headers: { ...request.headers, [USER_HEADER]: userId, "action-token": token },
          })),
        );
      },
    }),
  });
}

function expectKind<Kind extends ServerAnswer["kind"]>(
  answer: ServerAnswer,
  kind: Kind,
): Extract<ServerAnswer, { kind: Kind }> {
  if (answer.kind !== kind) throw new Error(`the route's server answered ${answer.kind} instead of ${kind}`);
  return answer as Extract<ServerAnswer, { kind: Kind }>;
}
