import { fingerprint } from "../binding/sealed-key.ts";
import { withDeadline } from "../lib/deadline.ts";
import { claimTtl, type VerifiedApproval } from "./approval-times.ts";
import type { RequestContext } from "./request-context.ts";

/** Releases a claim. What it reports says for which status, and how often by now, where the guard gives it back. */
export type GiveBack = (extra?: { readonly status: number; readonly times: number }) => Promise<void>;

/** The claim that a request holds. */
interface HeldClaim {
  readonly key: string;
  readonly owner: string;
  /** The keys that the request still holds. */
  readonly held: ReadonlySet<string>;
  readonly giveBack: GiveBack;
  /** Reports a ledger that failed. */
  readonly report: (thrown: unknown) => Error;
}

/** So often an approval is given back by its status, over all processes that share its ledger. */
const MOST_TIMES = 3;

/** Approvals that this process is giving back, by key. */
const underWay = new Map<string, Promise<void>>();

/** Resolves once an approval that is being given back has been: a repeat that comes at once finds it unused. */
export function whenGivenBack(key: string): Promise<void> | undefined {
  return underWay.get(key);
}

/** Gives an approval back once its handler has answered with a status of `releaseOn`, while the request holds it. */
export function giveBackByStatus<Native extends object>(
  context: RequestContext<Native>,
  approval: VerifiedApproval,
  claim: HeldClaim,
): void {
  const { releaseOn, inFlight } = context.settings;
  if (releaseOn.length === 0) return;
  context.request.whenEnded((status) => {
    if (status === undefined || !releaseOn.includes(status)) return;
    // Of two guards of one action on a route, the other one may be at it.
    if (!claim.held.has(claim.key) || underWay.has(claim.key)) return;
    const work = countAndGiveBack(context, approval, claim, status)
      // It has been reported, and the approval stays used.
      .catch(() => {})
      .finally(() => underWay.delete(claim.key));
    underWay.set(claim.key, work);
    inFlight.follow(work);
  });
}

async function countAndGiveBack<Native extends object>(
  context: RequestContext<Native>,
  approval: VerifiedApproval,
  claim: HeldClaim,
  status: number,
): Promise<void> {
  const { settings, trail } = context;
  const ledger = settings.ledger.name;
  let times: number | undefined;
  try {
    times = await countTime(context, approval, claim);
  } catch (thrown) {
    throw claim.report(thrown);
  }
  if (times === undefined) trail.emit?.({ type: "unreleased", ledger, status });
  else await claim.giveBack({ status, times });
}

/**
 * Counts in the ledger itself, before anything is released: each time is an entry of its own, so that processes count
 * together and one that dies in between has given nothing back. Returns nothing once all times are used up.
 */
async function countTime<Native extends object>(
  { settings }: RequestContext<Native>,
  approval: VerifiedApproval,
  { owner }: HeldClaim,
): Promise<number | undefined> {
  const { ledger, ledgerDeadlineMs } = settings;
  for (let times = 1; times <= MOST_TIMES; times++) {
    const key = fingerprint(`${approval.sealedKey} given back ${times}`);
    const won = await withDeadline(ledgerDeadlineMs, () =>
      ledger.claim(key, owner, claimTtl(settings, approval), approval.approvedAt),
    );
    if (won === true) return times;
  }
  return undefined;
}
