import { profile } from "../profile.ts";
import { createRetries } from "../jwt/retries.ts";
import { createVerifiers } from "../jwt/verifiers.ts";
import { measure } from "../measure.ts";
import { medianRatio } from "../median.ts";
import type { GroupReport, Pace, Table, Work } from "../report.ts";

const plans = {
  full: { verifying: { rounds: 9, calls: 2_000, warmUp: 2_000 }, retries: 4_000 },
  quick: { verifying: { rounds: 5, calls: 1_000, warmUp: 1_000 }, retries: 1_000 },
  tiny: { verifying: { rounds: 1, calls: 3, warmUp: 1 }, retries: 40 },
} as const;

/** How many functions of the profile are shown. */
const SPOTS = 20;

/** What verifying a token costs, and where a verified retry spends its time. */
export async function measureJwt(pace: Pace): Promise<GroupReport> {
  const { verifying, retries } = plans[pace];
  const verified = await measure(await createVerifiers(), verifying);
  const retried = await profileRetries(retries);
  return {
    title: "Tokens",
    tables: [
      {
        title: "One HS256 token verified, one after the other",
        columns: [
          { name: "× raw HMAC", digits: 2 },
          { name: "µs of CPU", digits: 1 },
        ],
        rows: verified.map(({ subject, microseconds, samples }) => ({
          subject,
          figures: [medianRatio(samples, verified[0]!.samples), microseconds],
        })),
        note: "Raw HMAC is the least that is possible.",
      },
      retried.table,
    ],
    aims: [
      {
        id: "token-verified",
        what: "A token of the engine's verified, against raw HMAC and JSON.parse",
        measured: medianRatio(verified[1]!.samples, verified[0]!.samples),
        unit: "×",
        bound: { atMost: 2 },
      },
    ],
    work: [...verified, retried.work],
    skipped: [],
  };
}

async function profileRetries(count: number): Promise<{ table: Table; work: Work }> {
  const { prepare, retry } = createRetries();
  const approvals = await prepare(count);
  // The first half is to warm up.
  const half = Math.floor(count / 2);
  let done = 0;
  for (const approval of approvals.slice(0, half)) if (await retry(approval)) done++;
  let cpu = 0;
  const spots = await profile(async () => {
    const before = process.cpuUsage();
    for (const approval of approvals.slice(half)) if (await retry(approval)) done++;
    const { user, system } = process.cpuUsage(before);
    cpu = user + system;
  });
  const each = cpu / (count - half);
  return {
    work: { subject: "verified retries, profiled", asked: count, done },
    table: {
      title: "Where a verified retry spends its time, in process, by function",
      sampled: true,
      columns: [
        { name: "share %", digits: 1 },
        { name: "µs", digits: 1 },
      ],
      rows: spots.slice(0, SPOTS).map(({ where, share }) => ({ subject: where, figures: [share * 100, share * each] })),
      note: `Each function's own time, under V8's profiler, which makes all of it slower: ${each.toFixed(0)} µs of CPU a retry.`,
    },
  };
}
