import { setTimeout as pass } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { killAll } from "../../packages/cli/test/command-process.ts";
import { noPostgres } from "../../packages/sql/test/databases.ts";
import { noHaproxy, startHaproxy } from "./haproxy.ts";
import { noNginx, startNginx } from "./nginx.ts";
import { rounds } from "./rounds.ts";
import { createFleet, type Fleet, type Member, reviewer } from "./serve-fleet.ts";
import { buildVersionBefore, noVersionBefore } from "./version-before.ts";
import { beginChallenge, callerOf, completeChallenge, type Failure, type Load, startLoad } from "./serve-load.ts";

const MEMBERS = 4;
/** How long a balancer may take to see that a connection is closed, which it has kept for the next request. */
const SLACK_MS = 3_000;

/** A process that was killed or stopped. What it had received until then, or until it went on, may be lost. */
interface Interruption {
  readonly name: string;
  until: number;
}

/** What happens to a process, and ends with all of them being there again. */
const disturbances = {
  async killed(member: Member, { balancer }: Fleet, interruptions: Interruption[]): Promise<void> {
    member.signal("SIGKILL");
    interruptions.push({ name: member.name, until: Date.now() });
    await member.ended();
    await balancer.until(member, "DOWN");
    await member.start();
  },
  async stopped(member: Member, { balancer }: Fleet, interruptions: Interruption[]): Promise<void> {
    const interruption: Interruption = { name: member.name, until: Number.POSITIVE_INFINITY };
    interruptions.push(interruption);
    member.signal("SIGSTOP");
    await balancer.until(member, "DOWN");
    await pass(1_000);
    member.signal("SIGCONT");
    interruption.until = Date.now();
    await balancer.until(member, "UP");
  },
  async restarted(member: Member): Promise<void> {
    member.signal("SIGTERM");
    expect(await member.ended()).toBe(0);
    await member.start();
  },
} as const;
const kinds = Object.keys(disturbances) as (keyof typeof disturbances)[];

/** Longer than any request takes. */
const PATIENCE_MS = 20_000;

/**
 * Failures of requests that were not on a connection to a process which was interrupted meanwhile. To what was sent on a connection
 * that had been used before, HAProxy answers nothing at all.
 */
function unexplained(failures: readonly Failure[], interruptions: readonly Interruption[]): readonly Failure[] {
  return failures.filter(
    ({ servedBy, startedAt }) =>
      !interruptions.some(
        ({ name, until }) =>
          (servedBy ?? name) === name && startedAt <= until + SLACK_MS && startedAt > until - PATIENCE_MS,
      ),
  );
}

/** Signs in to the console through the balancer, and answers with the cookie. */
async function signIn(origin: string): Promise<string> {
  const cookieOf = (response: Response): string =>
    response.headers
      .getSetCookie()
      .map((one) => one.split(";")[0]!)
      .find((one) => !one.endsWith("="))!;
  const form = await fetch(`${origin}/console/sign-in`);
  const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(await form.text()) ?? [];
  const body = new URLSearchParams({ formToken, reviewer: reviewer.id, password: reviewer.password });
  const headers = { cookie: cookieOf(form) };
  const signed = await fetch(`${origin}/console/sign-in`, { method: "POST", body, headers, redirect: "manual" });
  expect(signed.headers.get("location")).toBe("reviews");
  return cookieOf(signed);
}

/** Each is set up as docs/OPERATIONS.md has it. */
const balancers = [
  { name: "HAProxy", missing: noHaproxy, start: startHaproxy },
  { name: "nginx", missing: noNginx, start: startNginx },
];

describe.each(balancers)(
  `F29: ${MEMBERS} processes of require-action serve behind $name`,
  ({ name, missing, start }) => {
    let fleet: Fleet;
    let load: Load | undefined;
    beforeEach(async () => {
      if (noPostgres ?? missing) return;
      fleet = await createFleet(MEMBERS, start);
    }, 60_000);
    afterEach(async () => {
      await load?.stop();
      killAll();
      await fleet?.close();
    }, 60_000);

    it.skipIf(noPostgres ?? missing)(
      `go on under 100 requests a second while one after another is killed, stopped and restarted, ${rounds} times`,
      { timeout: 120_000 + rounds * 60_000 },
      async () => {
        await Promise.all(fleet.members.map((member) => member.start({ migrate: true })));
        const cookie = await signIn(fleet.balancer.origin);
        const startedAt = Date.now();
        load = startLoad(fleet, { cookie });
        const interruptions: Interruption[] = [];
        for (let round = 0; round < rounds; round++) {
          const [kind, member] = [kinds[round % kinds.length]!, fleet.members[round % MEMBERS]!];
          const other = fleet.members[(round + 1) % MEMBERS]!;
          const open = await beginChallenge(callerOf(member.origin), fleet);
          await disturbances[kind](member, fleet, interruptions);
          // What was begun with it is completed with another.
          expect(await completeChallenge(callerOf(other.origin), open)).not.toBe(false);
        }
        await load.stop();
        const seconds = (Date.now() - startedAt) / 1000;
        const { failures, completed, sent, busy } = load;
        console.log(
          `${sent()} requests in ${Math.round(seconds)} s, ${rounds} times a process killed, stopped or restarted: ${failures.length} failed, on open connections, ${busy()} answered with Retry-After; ${completed.size} challenges completed`,
        );
        expect(unexplained(failures, interruptions)).toEqual([]);
        expect(sent()).toBeGreaterThan(rounds * 50);
        expect(completed.size).toBeGreaterThan(rounds * 5);
        // What a process that was killed had taken is due again after a minute.
        await expect
          .poll(() => [...completed].filter((userId) => !fleet.announced.has(userId)), {
            timeout: 100_000,
            interval: 500,
          })
          .toEqual([]);
      },
    );

    // What it rests on is not the balancer.
    it.skipIf(noPostgres ?? missing ?? noVersionBefore ?? (name === "HAProxy" ? undefined : "behind HAProxy only"))(
      "are replaced one by one by a new version, which has migrated under them, and by the old one again",
      { timeout: 600_000 },
      async () => {
        const before = await buildVersionBefore();
        onTestFinished(before.remove);
        const { main } = before;
        const [first, ...others] = fleet.members as [Member, ...Member[]];
        await first.start({ main, migrate: true });
        await Promise.all(others.map((member) => member.start({ main })));
        load = startLoad(fleet);
        const refused = await fleet.run("serve").ended;
        expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining("are missing or old")]);
        const migrations = [undefined, main, undefined, main].map((one) => fleet.run("migrate", one).ended);
        expect((await Promise.all(migrations)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);

        const interruptions: Interruption[] = [];
        /** Has another version take a member's place, and a challenge on each side meanwhile, to be completed on the other. */
        async function replace(member: Member, neighbour: Member, version: string | undefined): Promise<void> {
          const [one, other] = [callerOf(member.origin), callerOf(neighbour.origin)];
          const [there, here] = [await beginChallenge(one, fleet), await beginChallenge(other, fleet)];
          member.signal("SIGTERM");
          expect(await member.ended()).toBe(0);
          // One that does not drain closes connections that HAProxy may be sending on.
          interruptions.push({ name: member.name, until: Date.now() });
          await member.start({ main: version });
          expect(await completeChallenge(other, there)).not.toBe(false);
          expect(await completeChallenge(one, here)).not.toBe(false);
        }
        // Each begins with an old neighbour, and the last with a new one.
        for (const [index, member] of fleet.members.entries()) {
          await replace(member, fleet.members[(index + 1) % MEMBERS]!, undefined);
        }
        await replace(first, others[0]!, main);
        await load.stop();
        expect(unexplained(load.failures, interruptions)).toEqual([]);
        expect(load.completed.size).toBeGreaterThan(20);
      },
    );
  },
);
