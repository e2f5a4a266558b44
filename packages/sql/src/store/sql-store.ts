import type { DecisionFacts, DecisionQuery, Store } from "@require-action/engine";
import type { Driver } from "../driver.ts";
import { unavailable } from "../unavailable.ts";
import { createActionVerbs } from "./action-verbs.ts";
import { createAttemptVerbs } from "./attempt-verbs.ts";
import { createAuditVerbs } from "./audit-verbs.ts";
import { createAuthenticatorVerbs } from "./authenticator-verbs.ts";
import { createChallengeVerbs } from "./challenge-verbs.ts";
import { createDeviceVerbs } from "./device-verbs.ts";
import type { Retention } from "./retention-options.ts";
import { createStoreContext } from "./store-context.ts";
import { withSweeps } from "./sweeps.ts";
import { createUserVerbs } from "./user-verbs.ts";

/** Puts the store's verbs together. Each is one step of the driver; `gather` is each database's own. */
export function createSqlStore(
  driver: Driver,
  gather: (query: DecisionQuery) => Promise<DecisionFacts>,
  retention: Retention,
): Store {
  const context = createStoreContext(driver);
  const store: Store = {
    name: driver.dialect.name,
    gather: (query) =>
      gather(query).catch((error: unknown) => {
        throw unavailable("provider_unavailable", driver.dialect.name, error);
      }),
    ...createActionVerbs(context),
    ...createUserVerbs(context),
    ...createDeviceVerbs(context),
    ...createAuthenticatorVerbs(context),
    ...createChallengeVerbs(context),
    ...createAttemptVerbs(context),
    ...createAuditVerbs(context),
  };
  return withSweeps(store, context, retention);
}
