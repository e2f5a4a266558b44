import { ConfigurationError } from "@require-action/core";
import { createEngine, EngineError } from "@require-action/engine";
import type { ChangedBy, ReviewerChanges, Reviewers } from "@require-action/engine/reviewers";
import { CliError, printable, type Terminal } from "../lib/terminal.ts";
import { inWords, openStore } from "./open-store.ts";
import type { StoreLocation } from "./store-location.ts";

/** Where reviewers are, and what they are sealed with. */
export interface ReviewerStore {
  readonly location: StoreLocation;
  readonly secrets: readonly string[];
  readonly terminal: Terminal;
}

/** Prints a link by which a reviewer makes a passkey. @throws CliError */
export async function inviteReviewer(
  reviewerId: string,
  { url, by, ...changes }: ReviewerChanges & { readonly url: string; readonly by: ChangedBy },
  store: ReviewerStore,
): Promise<void> {
  const { terminal } = store;
  await withReviewers(store, async (reviewers) => {
    const isNew = (await reviewers.find(reviewerId)) === undefined;
    if (isNew && changes.role === undefined) throw new CliError("A new reviewer needs --role.");
    if (isNew && changes.userIds === undefined) {
      throw new CliError("A new reviewer needs --user ID for each account of this person, or --no-user.");
    }
    const { token, expiresAt } = await reviewers.invite(reviewerId, changes, by);
    terminal.warn(
      `The link for ${printable(reviewerId)}, good once and in one browser, until ${new Date(expiresAt).toISOString()}:`,
    );
    terminal.write(`${url}/invitation#${token}`);
  });
}

/** Lists reviewers. @throws CliError */
export async function listReviewers(store: ReviewerStore): Promise<void> {
  const { terminal } = store;
  await withReviewers(store, async (reviewers) => {
    const list = await reviewers.list();
    for (const { reviewerId, role, passkeys, userIds } of list) {
      const users = userIds.length === 0 ? "no user" : userIds.map(printable).join(" ");
      terminal.write(`${printable(reviewerId)}  ${role}  ${passkeys.length} passkeys  ${users}`);
    }
    if (list.length === 0) terminal.warn("There are no reviewers yet.");
  });
}

/** Takes a reviewer away. @throws CliError */
export async function removeReviewer(reviewerId: string, by: ChangedBy, store: ReviewerStore): Promise<void> {
  await withReviewers(store, (reviewers) => reviewers.remove(reviewerId, by));
  store.terminal.write(`${printable(reviewerId)} is removed.`);
}

async function withReviewers(
  { location, secrets, terminal }: ReviewerStore,
  work: (reviewers: Reviewers) => Promise<void>,
): Promise<void> {
  const { store, close } = await openStore(location, { migrate: false }, terminal);
  try {
    // What reviewers are sealed with; all else of an engine is for users.
    const { reviewers } = createEngine({
      policy: { actions: {} },
      secrets,
      issuer: "require-action",
      baseUrl: "http://localhost",
      store,
    });
    await inWords(() => work(reviewers));
  } catch (error) {
    if (error instanceof EngineError && error.status < 500) throw new CliError(error.detail, 1);
    if (error instanceof ConfigurationError && error.option.startsWith("secrets")) {
      throw new CliError(`REQUIRE_ACTION_ENGINE_SECRET: ${error.problem}`);
    }
    throw error;
  } finally {
    await close();
  }
}
