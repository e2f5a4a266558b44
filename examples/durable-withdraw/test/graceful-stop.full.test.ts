import { inFull } from "@require-action-test/support/full";
import { setTimeout as pass } from "node:timers/promises";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { postgres } from "./databases.ts";
import { type ServerProcess, startProcess } from "./processes/run-process.ts";

const PAYMENTS = inFull ? 300 : 160;
const CLIENTS = 25;

/** What became of a request: its status, or that there was no answer. */
async function pay({ url }: ServerProcess, number: number, token?: string): Promise<{ status: number; json?: any }> {
  const headers = { "content-type": "application/json", ...(token !== undefined && { "action-token": token }) };
  const answer = fetch(`${url}/payments`, { method: "POST", headers, body: JSON.stringify({ number }) });
  return answer.then(
    async (response) => ({ status: response.status, json: await response.json().catch(() => undefined) }),
    () => ({ status: 0 }),
  );
}

/** Comes again while the server has no place for this user. */
async function payPatiently(server: ServerProcess, number: number, token?: string): ReturnType<typeof pay> {
  for (let tries = 1; ; tries++) {
    const answer = await pay(server, number, token);
    if (answer.status !== 503 || tries === 100) return answer;
    await pass(50);
  }
}

describe.skipIf(postgres.absent)(`F31: SIGTERM while ${PAYMENTS} payments are on their way`, () => {
  it.each(inFull ? ["guard", "handler"] : ["handler"])(
    "loses no approval and pays nothing twice, where the %s claims",
    { timeout: 120_000 },
    async (claim) => {
      const database = await postgres.create();
      onTestFinished(() => database.close());
      const environment = { ...database.environment, CLAIM: claim };
      const first = await startProcess("stopping-server.ts", environment);
      onTestFinished(() => void first.child.kill("SIGKILL"));
      const numbers = Array.from({ length: PAYMENTS }, (_, number) => number);
      const keys = await Promise.all(
        numbers.map(async (number) => (await payPatiently(first, number)).json.idempotencyKey),
      );

      const told: (number | string)[] = [];
      const waiting = [...numbers];
      const client = async (): Promise<void> => {
        for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
          const { status, json } = await pay(first, number, keys[number]);
          told[number] = status === 503 ? json.code : status;
          if (waiting.length === (PAYMENTS * 3) / 4) first.child.kill("SIGTERM");
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
      expect(await first.ended).toBe(0);
      expect(first.complaints.join("")).not.toMatch(/unhandled|error/i);
      // Those that were told anything were paid, or used nothing up; the others came too late for the server.
      expect(told.filter((outcome) => ![200, 0, "decision_unavailable"].includes(outcome))).toEqual([]);
      expect(told.filter((outcome) => outcome === 200).length).toBeGreaterThanOrEqual(PAYMENTS / 4 - CLIENTS);
      expect(told.filter((outcome) => outcome !== 200).length).toBeGreaterThan(0);

      const second = await startProcess("stopping-server.ts", environment);
      onTestFinished(() => void second.child.kill("SIGKILL"));
      const again = await Promise.all(
        numbers.map(async (number) => (await payPatiently(second, number, keys[number])).status),
      );
      const reader = new pg.Client({ connectionString: database.environment["DATABASE_URL"] });
      await reader.connect();
      const { rows } = await reader
        .query(`SELECT number FROM "${database.environment["BANK_SCHEMA"]}".payments ORDER BY number`)
        .finally(() => reader.end());
      expect(rows.map(({ number }) => number)).toEqual(numbers);
      // Who was told that it is paid, and nobody else, finds the approval used.
      expect(again.map((status) => status === 409)).toEqual(told.map((outcome) => outcome === 200));
    },
  );
});
