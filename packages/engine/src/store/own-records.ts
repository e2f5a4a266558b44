import { bareCopy, memberOf } from "@require-action/core/options";
import type { Store } from "./store.ts";

type Verb = Exclude<keyof Store, "name" | "isBusy">;

const verbs: Readonly<Record<Verb, true>> = {
  gather: true,
  record: true,
  findAction: true,
  listActions: true,
  transition: true,
  listReviews: true,
  countReviews: true,
  claimReview: true,
  findUser: true,
  listUsers: true,
  updateUser: true,
  deleteUser: true,
  listDevices: true,
  updateDevice: true,
  addAuthenticator: true,
  listAuthenticators: true,
  findCredential: true,
  listOwners: true,
  activateAuthenticator: true,
  updateAuthenticator: true,
  deleteAuthenticator: true,
  takeOutbox: true,
  settleOutbox: true,
  putOutbox: true,
  putReceipts: true,
  listWaitingReceipts: true,
  chainReceipts: true,
  findReceipts: true,
  listReceipts: true,
  takeFigures: true,
  tallyFigures: true,
  listTouchedHours: true,
  tallyOpenReviews: true,
  putFigures: true,
  listFigures: true,
  putChallenge: true,
  findChallenge: true,
  takeChallenge: true,
  putSession: true,
  findSession: true,
  refreshSession: true,
  listSessions: true,
  endSession: true,
  endSessions: true,
  addPolicy: true,
  findNewestPolicy: true,
  listPolicies: true,
  listReviewers: true,
  findReviewer: true,
  putReviewer: true,
  deleteReviewer: true,
  countAttempt: true,
  resetAttempts: true,
  appendEvent: true,
  listEvents: true,
};

/** The verbs of a store. */
export const storeVerbs: readonly string[] = Object.freeze(Object.keys(verbs));

/** Verbs whose records inherit nothing as they are, by the store that they were made for. */
const ownVerbs = new WeakMap<Store, ReadonlySet<string>>();

/**
 * Spares these verbs of this very store the copies that the engine makes of whatever a store is handed and hands back, so that
 * members which every object inherits count for nothing. Only for a store of one's own whose records inherit nothing, at any
 * depth, and that reads what it is handed likewise.
 * @returns the store
 */
export function declareOwn(store: Store, verbs: readonly (keyof Store)[]): Store {
  ownVerbs.set(store, new Set(verbs));
  return store;
}

/**
 * A store whose records inherit nothing, as they are handed to it and as it hands them back: an authenticator that lacks
 * `verifiedAt` is not verified by what every object inherits.
 */
export function withOwnRecords(store: Store): Store {
  const own: Record<string, unknown> = { name: store.name };
  const isBusy = memberOf(store, "isBusy");
  if (typeof isBusy === "function") own["isBusy"] = () => store.isBusy?.() ?? false;
  for (const verb of Object.keys(verbs) as Verb[]) {
    if (ownVerbs.get(store)?.has(verb)) {
      own[verb] = store[verb];
      continue;
    }
    own[verb] = async (...given: unknown[]) =>
      bareCopy(
        await Reflect.apply(
          store[verb],
          store,
          given.map((one) => bareCopy(one)),
        ),
      );
  }
  return own as unknown as Store;
}
