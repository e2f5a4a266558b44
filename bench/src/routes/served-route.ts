import autocannon from "autocannon";
import { type Burst, startServer } from "../served/server-process.ts";
import { withdrawal } from "../subject-policy.ts";
import { type Approval, challengedWithdrawal } from "./backend.ts";
import { type Framework, type Front, PATH, USER_HEADER } from "./route.ts";

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

/** Starts a route in a process of its own. */
export async function serveRoute(framework: Framework, front: Front): Promise<ServedRoute> {
  const { origin, burst, prepareApprovals, end } = await startServer("routes/route-server", [framework, front]);
  return { framework, front, end, prepareApprovals, burst: (asking) => burst(() => fire(origin + PATH, asking)) };
}

async function fire(
  url: string,
  { connections, requests, approvals, headers = {} }: Asking,
): Promise<autocannon.Result> {
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
