import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { createEngine } from "@require-action/engine";
import { createServer, hashPassword, toNodeHandler } from "@require-action/server";
import { median } from "./median.ts";
import { BUSY_USER, QUIET_USER } from "./stores/console-rows.ts";
import { type FilledStore, onFilledStores } from "./stores/filled-stores.ts";

// What each page of the console takes over HTTP where there are a million actions, with the slowest statement that it asks of the store.

const USAGE = `Usage: npm run console-pages -- [--actions N] [--times N]

  --actions  how many actions there are, 1,000,000 by default
  --times    how often each page is asked for, 40 by default

Measures SQLite in a temporary file, and PostgreSQL where DATABASE_URL leads to one; some 1.5 KB of disk for each action. Fails where
a page's p95 is above 200 ms, or a statement's above 50 ms.`;

const MOST_PAGE_MS = 200;
const MOST_STATEMENT_MS = 50;
const WARM_UP = 3;
const SECRET = "an-api-secret-of-the-bench";
const PASSWORD = "correct horse";

const { values } = parseArgs({
  options: {
    actions: { type: "string", default: "1000000" },
    times: { type: "string", default: "40" },
    help: { type: "boolean" },
  },
});

/** The pages, as addresses below the console. */
function pagesOf(secondPage: string, caseId: string, cases: readonly string[]): Readonly<Record<string, string>> {
  const review = (status: string): Readonly<Record<string, string>> => ({
    [`queue, ${status}`]: `reviews?status=${status}`,
    [`queue, ${status}, of an action`]: `reviews?status=${status}&action=action-3`,
    [`queue, ${status}, of a quiet user`]: `reviews?status=${status}&user=${QUIET_USER}`,
    [`queue, ${status}, of a busy user`]: `reviews?status=${status}&user=${BUSY_USER}`,
  });
  const activity = (state: string): Readonly<Record<string, string>> => ({
    [`activity, ${state}`]: `activity?state=${state}`,
    [`activity, ${state}, of a busy user`]: `activity?state=${state}&user=${BUSY_USER}`,
    [`activity, ${state}, of an action`]: `activity?state=${state}&action=action-3`,
  });
  const isoDay = new Date(Date.now() - 20 * 24 * 60 * 60_000).toISOString().slice(0, 10);
  return {
    ...review("open"),
    "queue, second page": secondPage,
    ...review("approved"),
    ...review("rejected"),
    ...review("expired"),
    "50 cases to confirm": `decide?decision=approve&${cases.map((id) => `case=${id}`).join("&")}`,
    case: `case?id=${caseId}`,
    "users by id": `users?q=${QUIET_USER}`,
    "users by e-mail": "users?q=user-99999@bank.example",
    "users by an authenticator": "users?q=other-99999@bank.example",
    "users by phone": `users?q=${encodeURIComponent("+493011099999")}`,
    "users by name": "users?q=name-99999",
    "users, nobody": "users?q=nobody-at-all",
    "quiet user": `user?id=${QUIET_USER}`,
    "busy user": `user?id=${BUSY_USER}`,
    activity: "activity",
    "activity, since a day": `activity?from=${isoDay}`,
    "activity of a quiet user": `activity?user=${QUIET_USER}`,
    "activity of a busy user": `activity?user=${BUSY_USER}`,
    "activity of an action": "activity?action=action-3",
    "activity of no action": "activity?action=action-none",
    ...activity("ALLOW"),
    ...activity("BLOCK"),
    ...activity("CHALLENGE_FAILED"),
    ...activity("REVIEW_REQUIRED"),
    ...activity("REVIEW_FAILED"),
    "audit trail": `audit?actionId=${caseId}`,
    ...Object.fromEntries(
      ["24h", "7d", "30d", "90d", "90d&action=action-3"].map((range) => [
        `figures, ${range}`,
        `figures?range=${range}`,
      ]),
    ),
    "figures as CSV": "figures-export?figure=outcomes&range=90d",
    reviewers: "reviewers",
    sessions: "sessions",
    passkeys: "passkeys",
    "export of reviews, first rows": "export?format=csv",
    "export of rejected ones, first rows": "export?format=json&status=rejected",
    "export of activity, first rows": "activity-export?format=csv",
  };
}

async function measure({ store, log, now }: FilledStore): Promise<void> {
  const clock = { now: () => now };
  const engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "ALLOW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bench",
    baseUrl: "http://localhost",
    passkeys: { rpId: "localhost", origins: ["http://localhost"] },
    clock,
    store,
  });
  while (await engine.figures.count());
  const reviewers = [{ id: "olga", passwordHash: await hashPassword(PASSWORD), role: "administer" } as const];
  const server = createServer(engine, {
    apiSecrets: [SECRET],
    tenantId: "bench",
    clock,
    console: { reviewers, secureCookies: false },
  });
  const http = createHttpServer(toNodeHandler(server)).listen(0, "127.0.0.1");
  await new Promise((resolve) => http.once("listening", resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}/console/`;
  const cookies = new Map<string, string>();

  async function ask(path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const response = await fetch(origin + path, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([one, value]) => `${one}=${value}`).join("; ") },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, one = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(one, value);
    }
    return response;
  }

  /** Reads a page, or an export as far as its first rows: the line before them is sent at once. */
  async function read(path: string): Promise<string> {
    const response = await ask(path);
    if (response.status !== 200) throw new Error(`${path} was answered with ${response.status}.`);
    if (!path.includes("export?")) return response.text();
    let text = "";
    for await (const part of response.body ?? []) {
      text += Buffer.from(part).toString();
      if (text.includes("id-")) break;
    }
    return text;
  }

  const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(await (await ask("sign-in")).text()) ?? [];
  await ask("sign-in", { formToken, reviewer: "olga", password: PASSWORD });
  const queue = await read("reviews");
  const cases = [...queue.matchAll(/data-case="([^"]+)"/g)].map(([, id = ""]) => id);
  const [, secondPage = ""] = /href="([^"]+)" data-next/.exec(queue) ?? [];
  const [caseId = ""] = cases;

  let isSlow = false;
  for (const [page, path] of Object.entries(pagesOf(secondPage.replaceAll("&amp;", "&"), caseId, cases))) {
    const taken: number[] = [];
    const statements = new Map<string, number[]>();
    let size = 0;
    let used = process.cpuUsage();
    for (let time = -WARM_UP; time < Number(values.times); time++) {
      if (time === 0) used = process.cpuUsage();
      log.take();
      const begun = performance.now();
      size = (await read(path)).length;
      const ms = performance.now() - begun;
      if (time < 0) continue;
      taken.push(ms);
      for (const { text, ms: one } of log.take()) statements.set(text, [...(statements.get(text) ?? []), one]);
    }
    const { user, system } = process.cpuUsage(used);
    const cpu = (user + system) / 1000 / taken.length;
    const slowest = [...statements]
      .map(([text, times]) => ({ text, ms: p95(times) }))
      .toSorted((one, other) => other.ms - one.ms)[0] ?? { text: "", ms: 0 };
    const isAbove = p95(taken) > MOST_PAGE_MS || slowest.ms > MOST_STATEMENT_MS;
    isSlow ||= isAbove;
    const words = slowest.text.replaceAll(/\s+/g, " ");
    console.log(
      `${isAbove ? "✗" : " "} ${page.padEnd(44)} p50 ${inMs(median(taken))}  p95 ${inMs(p95(taken))}  CPU here ${inMs(cpu)}  ${(size / 1024).toFixed(0).padStart(5)} KB` +
        `  slowest statement, p95 ${inMs(slowest.ms)}: ${isAbove ? words : words.slice(0, 60)}`,
    );
  }
  http.close();
  http.closeAllConnections();
  server.drain();
  if (isSlow) process.exitCode = 1;
}

function p95(taken: readonly number[]): number {
  return taken.toSorted((one, other) => one - other)[Math.ceil(taken.length * 0.95) - 1] ?? Number.NaN;
}

function inMs(ms: number): string {
  return `${ms.toFixed(1).padStart(7)} ms`;
}

if (values.help) console.log(USAGE);
else await onFilledStores(Number(values.actions), measure);
