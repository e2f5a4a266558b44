import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { type Answer, basic, send } from "@require-action-test/support/send";
import { SERVED_BY } from "./balancer.ts";
import { apiSecret, type Fleet } from "./serve-fleet.ts";

/** A request that was not answered as it should be. */
export interface Failure {
  readonly request: string;
  readonly startedAt: number;
  /** The server that it was sent to; undefined where none was, or nothing was answered. */
  readonly servedBy: string | undefined;
  /** The status, and what was answered; or why nothing was. */
  readonly answer: string;
}

/** Requests that go on until they are stopped. */
export interface Load {
  readonly failures: readonly Failure[];
  /** How many requests were sent, and how many of them were answered with `Retry-After`. */
  readonly sent: () => number;
  readonly busy: () => number;
  /** Users who have completed a challenge. */
  readonly completed: ReadonlySet<string>;
  /** Resolves when all that was sent is answered. */
  stop(): Promise<void>;
}

/** A challenge whose code has been sent. */
export interface OpenChallenge {
  readonly userId: string;
  readonly token: string;
  readonly code: string;
}

/** Sends a request, and answers what came of it. */
type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

const secret = { authorization: basic(apiSecret) };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** True for an answer that has to be taken as it is: what was asked is good once. */
const isFinal = (path: string, { headers }: Answer): boolean =>
  path.startsWith("/v1/client/verify/") && headers.has("retry-after");

/** Sends past the balancer, again where the answer is to come again, and takes nothing else but an answer that says yes. */
export function callerOf(origin: string): Call {
  return async (method, path, body, headers = secret) => {
    const answer = await sendPatiently(path, () => send(origin + path, method, body, headers));
    if (answer.status !== 200 && !isFinal(path, answer))
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  };
}

/** Sends again what is answered with `Retry-After`: a machine may have too much else to do. */
async function sendPatiently(path: string, one: () => Promise<Answer>, onBusy: () => void = () => {}): Promise<Answer> {
  for (let times = 0; ; times++) {
    const answer = await one();
    if (!answer.headers.has("retry-after") || times === 20) return answer;
    onBusy();
    if (isFinal(path, answer)) return answer;
    await pass(500);
  }
}

/** Begins a challenge of a new user, and waits for its code. */
export async function beginChallenge(call: Call, fleet: Fleet): Promise<OpenChallenge> {
  const userId = randomUUID();
  const authenticator = { verificationMethod: "EMAIL_OTP", email: `${userId}@bank.example` };
  await call("POST", `/v1/users/${userId}/authenticators`, authenticator);
  const { token } = (await call("POST", `/v1/users/${userId}/actions/withdraw-funds`, {})).json;
  await call("POST", "/v1/client/challenge/email-otp", {}, bearer(token));
  return { userId, token, code: await fleet.codeOf(userId) };
}

/**
 * Answers with the code, and resolves to whether the backend is told that the challenge has succeeded; undefined where the answer is
 * to come again, which may have been taken.
 */
export async function completeChallenge(call: Call, { token, code }: OpenChallenge): Promise<boolean | undefined> {
  const answer = { verificationCode: code };
  const { status, json } = await call("POST", "/v1/client/verify/email-otp", answer, bearer(token));
  if (status !== 200) return undefined;
  return (await call("POST", "/v1/validate", { token: json.accessToken })).json.isValid;
}

/** Requests of each kind, for each of which a second has so many. They are 100. */
const CHALLENGES = 10;
const DECISIONS = 20;
const PAGES = 10;

/** Has users withdraw and sign in, and a reviewer look at the queue, by 100 requests a second through the balancer. */
export function startLoad(fleet: Fleet, { cookie }: { readonly cookie?: string | undefined } = {}): Load {
  const failures: Failure[] = [];
  const completed = new Set<string>();
  let [sent, busy] = [0, 0];
  /** Milliseconds that the last answers took. */
  const latencies: number[] = [];
  const over = new AbortController();

  async function call(...[method, path, body, headers = secret]: Parameters<Call>): Promise<Answer> {
    let startedAt = Date.now();
    const failed = (answer: string, servedBy?: string): void =>
      void failures.push({ request: `${method} ${path}`, startedAt, servedBy, answer });
    try {
      const answer = await sendPatiently(
        path,
        async () => {
          sent++;
          startedAt = Date.now();
          const received = await send(fleet.balancer.origin + path, method, body, headers);
          latencies.unshift(Date.now() - startedAt);
          latencies.length = Math.min(latencies.length, 50);
          return received;
        },
        () => busy++,
      );
      if (answer.status === 200 || isFinal(path, answer)) return answer;
      failed(`${answer.status} ${answer.text.slice(0, 200)}`, answer.headers.get(SERVED_BY) ?? undefined);
    } catch (error) {
      failed(`${String(error)}: ${String((error as Error).cause)}`);
    }
    throw new Abandoned();
  }

  async function challenge(): Promise<void> {
    const open = await beginChallenge(call, fleet);
    const isValid = await completeChallenge(call, open);
    if (isValid) completed.add(open.userId);
    if (isValid === false)
      failures.push({ request: open.userId, startedAt: Date.now(), servedBy: undefined, answer: "is not valid" });
  }

  async function decision(): Promise<void> {
    const path = `/v1/users/${randomUUID()}/actions/sign-in`;
    const { idempotencyKey } = (await call("POST", path, {})).json;
    await call("GET", `${path}/${idempotencyKey}`);
  }

  // Whoever is not signed in is redirected, and fetch would follow to a page with 200.
  async function page(): Promise<void> {
    const { text } = await call("GET", "/console/reviews", undefined, { cookie: cookie! });
    if (!text.includes("Sign out")) {
      failures.push({ request: "console", startedAt: Date.now(), servedBy: undefined, answer: "is signed out" });
    }
  }

  /** 1, or by how much slower this machine answers than it would have to: it may have much else to do. */
  const slowness = (): number => Math.max(1, latencies.toSorted((a, b) => a - b)[latencies.length >> 1]! / 100 || 1);

  /** Begins work at a steady pace, however long it takes. */
  async function pace(perSecond: number, work: () => Promise<void>): Promise<void> {
    const underWay = new Set<Promise<void>>();
    let dueAt = Date.now();
    while (!over.signal.aborted) {
      await pass(dueAt - Date.now());
      dueAt = Math.max(dueAt, Date.now() - 1000) + (1000 / perSecond) * slowness();
      const one = work()
        .catch(ignoreAbandoned)
        .finally(() => underWay.delete(one));
      underWay.add(one);
    }
    await Promise.all(underWay);
  }

  const paces = [pace(CHALLENGES, challenge), pace(DECISIONS, decision)];
  paces.push(cookie === undefined ? pace(PAGES / 2, decision) : pace(PAGES, page));
  return {
    failures,
    completed,
    sent: () => sent,
    busy: () => busy,
    async stop() {
      over.abort();
      await Promise.all(paces);
    },
  };
}

/** What was begun is not gone on with, as one of its requests failed. */
class Abandoned extends Error {}

function ignoreAbandoned(error: unknown): void {
  if (!(error instanceof Abandoned)) throw error;
}
