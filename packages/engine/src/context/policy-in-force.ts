import { type Clock, ConfigurationError } from "@require-action/core";
import type { VerificationMethods } from "../methods/verification-method.ts";
import type { Policy } from "../policy/model/policy.ts";
import type { CompiledPolicy } from "../policy/model/types.ts";
import { type IpKnowledge, unknowableRules } from "../policy/unknown-facts.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { createDeclaredActions, type DeclaredActions } from "./declared-actions.ts";

/** The policy by which this engine decides, and how another one takes its place. */
export interface PolicyInForce {
  current(): CompiledPolicy;
  readonly declared: DeclaredActions;
  /** Reads a policy whole, for this engine. @throws PolicyError or ConfigurationError with its mistakes */
  load(source: Policy | string): CompiledPolicy;
  /** Puts another policy in force, those before it first. @throws PolicyError, ConfigurationError or the store's error */
  reload(source: Policy | string): Promise<void>;
  /** Records that a policy was kept out, if the trail is in reach. */
  refuse(why?: Pick<AuditEvent, "reason" | "detail">): Promise<void>;
}

/** What a policy is loaded for. */
interface Surroundings {
  readonly compile: (source: Policy | string) => CompiledPolicy;
  readonly methods: VerificationMethods;
  readonly ip: IpKnowledge | undefined;
  /** Whether the engine knows the groups of reviewers. */
  readonly hasGroups: boolean;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** @throws PolicyError or ConfigurationError with the mistakes of the first policy */
export function createPolicyInForce(
  source: Policy | string,
  { compile, methods, ip, hasGroups, audit, clock }: Surroundings,
): PolicyInForce {
  const load = (text: Policy | string): CompiledPolicy => assertUsable(compile(text), { methods, ip, hasGroups });
  let policy = load(source);
  const declared = createDeclaredActions(() => policy, methods);
  /** One after the other, so that the policy that came last stays, and the trail ends with it. */
  let reloads: Promise<unknown> = Promise.resolve();

  async function refuse(why: Pick<AuditEvent, "reason" | "detail"> = {}): Promise<void> {
    const refused: AuditEvent = { type: "policy.refused", at: clock.now(), policyVersion: policy.version, ...why };
    // When the trail is out of reach too, the mistakes are what the caller should learn.
    await audit.append(refused).catch(() => undefined);
  }

  async function putInForce(next: Policy | string): Promise<void> {
    let loaded: CompiledPolicy;
    try {
      loaded = load(next);
    } catch (error) {
      await refuse();
      throw error;
    }
    // Recorded first: a policy that nobody can find in the trail is not in force.
    await audit.append({ type: "policy.loaded", at: clock.now(), policyVersion: loaded.version });
    policy = loaded;
    declared.policyChanged(policy);
    reportUnknowable();
  }

  /** Reports, at each start and reload, the rules over facts that `facts: { ip: "none" }` leaves unknown. */
  function reportUnknowable(): void {
    if (ip !== "none") return;
    for (const { path } of unknowableRules(policy, [])) {
      audit.emit({
        type: "policy.warned",
        at: clock.now(),
        policyVersion: policy.version,
        reason: `facts_unknown at ${path}`,
      });
    }
  }

  reportUnknowable();
  return {
    current: () => policy,
    declared,
    load,
    refuse,
    async reload(next) {
      const before = reloads;
      const reload = async (): Promise<void> => {
        await before;
        await putInForce(next);
      };
      const reloading = reload();
      reloads = reloading.catch(() => undefined);
      await reloading;
    },
  };
}

/**
 * Makes sure that an engine with these methods, and these facts about addresses, can decide by a policy.
 * @throws ConfigurationError when an action accepts only methods that this engine cannot offer, or a rule
 *   needs a fact that it can never know
 */
function assertUsable(
  policy: CompiledPolicy,
  { methods, ip, hasGroups }: Pick<Surroundings, "methods" | "ip" | "hasGroups">,
): CompiledPolicy {
  refuseUnknowable(policy, ip);
  for (const code of policy.actionCodes) {
    const action = policy.action(code);
    if (action?.review.of !== undefined && !hasGroups) {
      throw new ConfigurationError(
        `policy.actions.${code}.review.of`,
        "needs reviewerGroups, which tells who is in them",
      );
    }
    const accepted = action?.verificationMethods;
    if (accepted === undefined || accepted.some((name) => methods.has(name))) continue;
    throw new ConfigurationError(
      `policy.actions.${code}.verificationMethods`,
      `this engine offers none of ${accepted.join(", ")}, only ${[...methods.keys()].join(", ")}`,
    );
  }
  return policy;
}

function refuseUnknowable(policy: CompiledPolicy, ip: IpKnowledge | undefined): void {
  const [first, ...others] = unknowableRules(policy, ip);
  if (first === undefined) return;
  const also = others.length === 0 ? "" : `; so do ${others.map(({ path }) => path).join(", ")}`;
  throw new ConfigurationError(`policy.${first.path}`, `${first.message}${also}`);
}
