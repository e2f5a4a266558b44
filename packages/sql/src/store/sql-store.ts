import { type Awaitable, orElse } from "@require-action/core/provider";
import type { Store } from "@require-action/engine";
import { type DecisionFacts, type DecisionQuery, declareOwn } from "@require-action/engine/store";
import type { Driver } from "../database/driver.ts";
import { unavailable } from "../database/database-errors.ts";
import { createActionVerbs } from "./verbs/action-verbs.ts";
import { createAttemptVerbs, createChallengeVerbs } from "./verbs/challenge-verbs.ts";
import { createAuditVerbs } from "./verbs/audit-verbs.ts";
import { createAuthenticatorVerbs } from "./verbs/authenticator-verbs.ts";
import { createDeviceVerbs, createUserVerbs } from "./verbs/user-verbs.ts";
import { createFigureVerbs } from "./verbs/figure-verbs.ts";
import { createPolicyVerbs } from "./verbs/policy-verbs.ts";
import { createOutboxVerbs } from "./verbs/outbox-verbs.ts";
import { createReceiptVerbs } from "./verbs/receipt-verbs.ts";
import { createReviewerVerbs } from "./verbs/reviewer-verbs.ts";
import { createReviewVerbs } from "./verbs/review-verbs.ts";
import { createSessionVerbs } from "./verbs/session-verbs.ts";
import { type Retention, withSweeps } from "./sweeps.ts";
import { createStoreContext, type ListRun } from "./records/store-context.ts";

/**
 * Puts the store's verbs together. Each is one step of the driver; `gather` is each database's own. Lists that may lag are read
 * through `listDriver`, and nothing else is.
 */
export function createSqlStore(
  driver: Driver,
  gather: (query: DecisionQuery) => Awaitable<DecisionFacts>,
  retention: Retention,
  listDriver: Driver = driver,
): Store {
  const context = createStoreContext(driver);
  const { run: runLagging } = createStoreContext(listDriver);
  const lists: ListRun = (mayLag) => (mayLag === true ? runLagging : context.run);
  const store: Store = {
    name: driver.dialect.name,
    ...(driver.isBusy === undefined ? {} : { isBusy: driver.isBusy }),
    gather: (query) =>
      orElse(
        () => gather(query),
        (error) => {
          throw unavailable("provider_unavailable", driver.dialect.name, error);
        },
      ),
    ...createActionVerbs(context, lists),
    ...createReviewVerbs(context, lists),
    ...createUserVerbs(context, lists),
    ...createDeviceVerbs(context),
    ...createAuthenticatorVerbs(context),
    ...createChallengeVerbs(context),
    ...createOutboxVerbs(context),
    ...createPolicyVerbs(context),
    ...createReviewerVerbs(context),
    ...createReceiptVerbs(context),
    ...createFigureVerbs(context, lists),
    ...createSessionVerbs(context),
    ...createAttemptVerbs(context),
    ...createAuditVerbs(context, retention.auditMs, lists),
  };
  return declareOwn(withSweeps(store, context, retention), ["gather", "record", "putReceipts", "listFigures"]);
}
