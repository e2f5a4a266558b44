import { ConfigurationError } from "@require-action/core";
import { isId } from "@require-action/core/provider";
import { parseLimit, parseObject } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import { type Policy, POLICY_FORMAT } from "../policy/model/policy.ts";
import type { CompiledPolicy } from "../policy/model/types.ts";
import { PolicyError } from "../policy/reading/mistakes.ts";
import type { PolicyMark, PolicyRecord } from "../store/records.ts";
import type { AddedPolicy, Store } from "../store/store.ts";
import type { Page, PolicyFilter } from "../store/filters.ts";
import type { PolicyInForce } from "./policy-in-force.ts";

/** How often a follower asks for a newer version: a change is everywhere within two seconds. */
const POLL_MS = 500;

/**
 * Why a version was kept out: its format is newer than this engine, the engine cannot use it, its content is not what was
 * published, or the store has lost the version in force.
 */
export type PolicyRefusal = "format_unknown" | "policy_invalid" | "content_changed" | "store_went_back";

/** Where an engine is among the versions of its store. */
export interface PolicyStatus {
  /** The version in force; `undefined` while the engine decides by a policy that is not the store's. */
  readonly published: PolicyRecord | undefined;
  /** The newest version of the store, where it was kept out: the engine decides by an older one. */
  readonly refused?: RefusedPolicy;
}

/** A version that was kept out. */
export interface RefusedPolicy extends PolicyMark {
  readonly reason: PolicyRefusal;
  /** Where its mistakes are: as `actions.pay.rules[0].type`. */
  readonly paths: readonly string[];
}

type Refusal = Omit<RefusedPolicy, keyof PolicyMark>;

const MOST_PATHS = 5;
const MAX_DETAIL = 300;

/** How a policy is published. */
export interface Publication {
  /** Who publishes it, for the audit trail: an id of 1 to 256 bytes. */
  readonly actor?: string;
  /** Publishes only where this is the number of the newest version, 0 where there is to be none yet. */
  readonly expected?: number;
}

/** The versions of the policy in the engine's store, which any number of processes follow. */
export interface PublishedPolicies {
  /**
   * Publishes a policy as the newest version, if this engine can use it, and puts it in force here.
   * @throws PolicyError or ConfigurationError with its mistakes, or the store's error
   */
  publish(policy: Policy | string, options?: Publication): Promise<AddedPolicy>;
  /** Lists the versions, newest first. */
  list(filter?: Partial<PolicyFilter>): Promise<Page<PolicyRecord>>;
  /** Puts the newest version in force, if it is not yet. Call it before the first decision. @throws the store's error */
  check(): Promise<PolicyStatus>;
  /** Checks twice a second until it is stopped, and reports each change. A store that is out of reach is asked again. */
  start(onChange?: (status: PolicyStatus) => void): void;
  /** Resolves when no check is under way any more. */
  stop(): Promise<void>;
  /** Where this engine is, as of its last check. */
  status(): PolicyStatus;
}

/** Creates a follower that is not running. It never goes back to a version before the one in force. */
export function createPublishedPolicies(
  store: Pick<Store, "addPolicy" | "findNewestPolicy" | "listPolicies">,
  inForce: PolicyInForce,
  now: () => number,
): PublishedPolicies {
  let status: PolicyStatus = { published: undefined };
  /** The newest version that was looked at, taken over or not. */
  let seen: PolicyMark | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let report: ((status: PolicyStatus) => void) | undefined;
  let checks: Promise<unknown> = Promise.resolve();

  async function judge(next: PolicyRecord): Promise<void> {
    const refusal = await tryOut(next);
    const { number, version } = next;
    if (refusal === undefined) {
      status = { published: next };
    } else {
      status = { ...status, refused: { number, version, ...refusal } };
      const detail = `Version ${number} of the policy was kept out${at(refusal)}.`;
      await inForce.refuse({ reason: refusal.reason, detail: detail.slice(0, MAX_DETAIL) });
      warn(status, number, refusal);
    }
    seen = { number, version };
  }

  /** Puts a version in force, or says why not. */
  async function tryOut({ number, version, format, source }: PolicyRecord): Promise<Refusal | undefined> {
    const { published } = status;
    if (published !== undefined && number <= published.number) {
      const isInForce = number === published.number && version === published.version;
      return isInForce ? undefined : { reason: "store_went_back", paths: [] };
    }
    if (format !== POLICY_FORMAT) return { reason: "format_unknown", paths: [] };
    try {
      if (inForce.load(source).version !== version) return { reason: "content_changed", paths: [] };
    } catch (error) {
      const paths = pathsOf(error);
      if (paths === undefined) throw error;
      return { reason: "policy_invalid", paths };
    }
    await inForce.reload(source);
    return undefined;
  }

  /** One after the other, so that none goes by what another has overtaken. */
  function check(): Promise<PolicyStatus> {
    const before = checks;
    const look = async (): Promise<PolicyStatus> => {
      await before;
      const newest = await store.findNewestPolicy(seen);
      if (newest !== undefined) await judge(newest);
      return status;
    };
    const checking = look();
    checks = checking.catch(() => undefined);
    return checking;
  }

  function schedule(): void {
    if (!isRunning) return;
    // A look that was under way when this was stopped and started again ends now, and there is one already.
    clearTimeout(timer);
    timer = setTimeout(() => void look().finally(schedule), POLL_MS);
    timer.unref();
  }

  async function look(): Promise<void> {
    const before = status;
    try {
      const after = await check();
      if (after !== before) report?.(after);
    } catch {
      // The version in force stays. A logger that fails must not decide either.
    }
  }

  return {
    async publish(policy, options = {}) {
      const { actor, expected } = parseObject(options, "options");
      if (actor !== undefined && !isId(actor)) throw new EngineError("request_invalid", "actor must be an id.");
      const added = await addVersion(store, policy, inForce.load(policy), { actor, expected, at: now() });
      await check();
      return added;
    },
    list: async (filter = {}) =>
      store.listPolicies({ ...parseObject(filter, "filter"), limit: parseLimit(filter.limit) }),
    check,
    start(onChange) {
      if (isRunning) return;
      isRunning = true;
      report = onChange;
      schedule();
    },
    async stop() {
      isRunning = false;
      clearTimeout(timer);
      await checks;
    },
    status: () => status,
  };
}

/** Adds a policy to a store that was read whole. */
export function addVersion(
  store: Pick<Store, "addPolicy">,
  policy: Policy | string,
  { version }: Pick<CompiledPolicy, "version">,
  {
    actor,
    expected,
    at,
  }: { readonly actor?: string | undefined; readonly expected?: number | undefined; readonly at: number },
): Promise<AddedPolicy> {
  const source = typeof policy === "string" ? policy : JSON.stringify(policy);
  const by = actor === undefined ? {} : { publishedBy: actor };
  return store.addPolicy(
    { version, format: POLICY_FORMAT, source, publishedAt: at, ...by },
    { type: "policy.published", at, policyVersion: version, ...(actor === undefined ? {} : { actor }) },
    expected,
  );
}

/** The places of a policy's mistakes; `undefined` for an error that is not about the policy. */
function pathsOf(error: unknown): readonly string[] | undefined {
  if (error instanceof PolicyError) return error.mistakes.slice(0, MOST_PATHS).map(({ path }) => path);
  return error instanceof ConfigurationError ? [error.option.replace(/^policy\./, "")] : undefined;
}

function at({ paths }: Refusal): string {
  const places = paths.filter((path) => path !== "");
  return places.length === 0 ? "" : ` for what it says at ${places.join(", ")}`;
}

function warn({ published }: PolicyStatus, number: number, refusal: Refusal): void {
  const kept = published === undefined ? "the policy before" : `version ${published.number}`;
  process.emitWarning(
    `Version ${number} of the policy was kept out (${refusal.reason})${at(refusal)}: ${kept} stays in force.`,
    { type: "RequireActionWarning", code: "RA_POLICY_REFUSED" },
  );
}
