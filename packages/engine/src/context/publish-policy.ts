import { type Clock, systemClock } from "@require-action/core";
import { declaring, defineOptions, option, readOptions } from "@require-action/core/options";
import { compilePolicy } from "../policy/compile-policy.ts";
import type { Policy } from "../policy/model/policy.ts";
import type { AddedPolicy, Store } from "../store/store.ts";
import { addVersion, type Publication } from "./published-policies.ts";

/** Options of {@link publishPolicy}. */
export interface PublishOptions extends Publication {
  readonly clock?: Clock;
}

const optionsSchema = defineOptions<PublishOptions>({
  required: {},
  optional: { actor: option.id, expected: option.whole({ least: 0 }), clock: option.withMethods("now") },
});

/**
 * Publishes a policy to a store as its newest version, for every engine that follows the store. It is read whole first. A policy
 * whose content is the newest version's makes no new one.
 * @returns the newest version of the store, and whether it is this one
 * @throws ConfigurationError for a wrong option, PolicyError with every mistake, or the store's error
 * @example
 * const store = createMemoryStore();
 * const { newest, isNew } = await publishPolicy(store, "actions: { pay: { defaultOutcome: CHALLENGE } }");
 */
export async function publishPolicy(
  store: Pick<Store, "addPolicy">,
  policy: Policy | string,
  options?: PublishOptions,
): Promise<AddedPolicy> {
  const { clock = systemClock, ...others } = declaring("publishPolicy", () =>
    readOptions("publishPolicy", optionsSchema, options),
  );
  return addVersion(store, policy, compilePolicy(policy), { ...others, at: clock.now() });
}
