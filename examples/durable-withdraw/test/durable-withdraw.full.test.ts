import { inFull } from "@require-action-test/support/full";
import { type RunningExample, startExample } from "@require-action-examples/bank";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import type { DurableBank } from "../src/durable-bank.ts";
import { openBank } from "../src/open-bank.ts";
import { postgres, sqlite } from "./databases.ts";
import { startProcess } from "./processes/run-process.ts";

const PROCESSES = inFull ? 8 : 2;
const CONCURRENT = 25;
const SUPPLIER = "PA12BANK0000000000001234";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Answer {
  readonly status: number;
  readonly json: any;
}

async function post(url: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

/** Repeats what could not be decided in time, as the answer says: nothing was used up. */
async function postUntilDecided(...request: Parameters<typeof post>): Promise<Answer> {
  for (;;) {
    const answer = await post(...request);
    if (answer.status !== 503) return answer;
  }
}

describe.each([postgres, sqlite])("the durable bank on $name", ({ absent, create }) => {
  async function start() {
    const database = await create();
    open.push(() => database.close());
    const bank = await openBank(database.environment);
    open.push(() => bank.close());
    const example = await serve(bank);
    const signIn = await fetch(`${example.url}/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"user":"alice"}',
    });
    const cookie = signIn.headers.getSetCookie()[0]!.split(";")[0]!;
    return { environment: database.environment, bank, example, cookie };
  }

  async function serve(bank: DurableBank): Promise<RunningExample> {
    const example = await startExample((options) => createApp(options, bank).app, {
      store: bank.store,
      ledger: bank.ledger,
    });
    open.push(() => example.close());
    return example;
  }

  /** Has a withdrawal reviewed and approved: its key is the token then. */
  async function approve(example: RunningExample, cookie: string, amount: string): Promise<Record<string, string>> {
    const { status, json } = await post(example.url, "/withdrawals", withdrawal(amount), { cookie });
    expect([status, json.code]).toEqual([202, "review_required"]);
    const { idempotencyKey } = json;
    await example.engine.reviews.approve(
      { userId: "alice", action: "withdraw-funds", idempotencyKey },
      { reviewer: "bob" },
    );
    return { cookie, "action-token": idempotencyKey };
  }

  const withdrawal = (amount: string) => ({ amount, currency: "EUR", payee: SUPPLIER });

  it.skipIf(absent)("F18: moves the money and uses the approval up together, and forgets neither", async () => {
    const { bank, example, cookie, environment } = await start();
    const headers = await approve(example, cookie, "250.00");
    const paid = await post(example.url, "/withdrawals", withdrawal("250.00"), headers);
    expect(paid).toEqual({ status: 200, json: { withdrawn: "250.00", balance: "19750.00" } });
    const other = await openBank(environment);
    open.push(() => other.close());
    const elsewhere = await serve(other);
    const again = await post(elsewhere.url, "/withdrawals", withdrawal("250.00"), headers);
    expect([again.status, again.json.code]).toEqual([409, "action_token_used"]);
    expect(await bank.balance("alice")).toBe("19750.00");
  });

  it.skipIf(absent)("F18: rolls the claim back with a withdrawal that there is not enough money for", async () => {
    const { example, cookie } = await start();
    const much = await approve(example, cookie, "15000.00");
    const more = await approve(example, cookie, "9000.00");
    expect((await post(example.url, "/withdrawals", withdrawal("15000.00"), much)).status).toBe(200);
    for (let time = 0; time < 2; time++) {
      expect(await post(example.url, "/withdrawals", withdrawal("9000.00"), more)).toEqual({
        status: 422,
        json: { error: "insufficient funds" },
      });
    }
  });

  it.skipIf(absent)(
    `T5, F18: ${PROCESSES} processes with ${CONCURRENT} requests each, at once with one approval, move the money once`,
    { timeout: 180_000 },
    async () => {
      const { bank, example, cookie, environment } = await start();
      const servers = await Promise.all(
        Array.from({ length: PROCESSES }, () => startProcess("../../src/main.ts", environment)),
      );
      open.push(() => servers.forEach(({ child }) => child.kill("SIGKILL")));
      const headers = await approve(example, cookie, "250.00");
      const answers = await Promise.all(
        servers.flatMap(({ url }) =>
          Array.from({ length: CONCURRENT }, () =>
            postUntilDecided(url, "/withdrawals", withdrawal("250.00"), headers),
          ),
        ),
      );
      const codes = answers.map(({ status, json }) => `${status} ${json.code ?? "paid"}`);
      expect(codes.filter((code) => code === "200 paid")).toHaveLength(1);
      expect(codes.filter((code) => code !== "200 paid" && code !== "409 action_token_used")).toEqual([]);
      expect(await bank.balance("alice")).toBe("19750.00");
      for (const { child } of servers) child.kill("SIGTERM");
      expect(await Promise.all(servers.map(({ ended }) => ended))).toEqual(servers.map(() => 0));
    },
  );
});
