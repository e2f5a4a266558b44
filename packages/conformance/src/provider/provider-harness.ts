import { randomUUID } from "node:crypto";
import { RequireActionError } from "@require-action/core";
import {
  type ActionProvider,
  type CallOptions,
  type CustomValue,
  type GetActionRequest,
  parseTrackAnswer,
  type TrackAnswer,
  type TrackRequest,
} from "@require-action/core/provider";
import { expect } from "vitest";
import type { OpenHarness } from "../suite/conformance-case.ts";

/** A user and an action, with the data points that the policy asks for. */
export interface ConformanceSubject {
  readonly userId: string;
  readonly action: string;
  readonly custom?: Readonly<Record<string, CustomValue>>;
}

/** An action that has been tracked. */
export interface TrackedAction {
  readonly request: TrackRequest;
  readonly answer: TrackAnswer;
}

/** A provider under test, and the means to make happen what users, devices and reviewers do. */
export interface ProviderHarness extends OpenHarness {
  readonly provider: ActionProvider;
  /**
   * Finds a user never used before and an action whose next tracking ends in `state`: for this user, who has an
   * authenticator, and except for CHALLENGE_REQUIRED for any other user too. Each state has an action of its own.
   */
  subject(state: TrackAnswer["state"]): ConformanceSubject | Promise<ConformanceSubject>;
  /** Completes the challenge as the user would, and resolves to the result token. */
  completeChallenge(tracked: TrackedAction): string | Promise<string>;
  /** Fails the challenge for good: the action ends in CHALLENGE_FAILED. */
  failChallenge(tracked: TrackedAction): void | Promise<void>;
  /** Decides the review as a reviewer would. */
  review(tracked: TrackedAction, decision: "approve" | "reject"): void | Promise<void>;
  /** Makes whatever the provider depends on stop answering: a server, a database. */
  stall(): void | Promise<void>;
}

/** Options of a call that is not aborted. */
export function patient(): CallOptions {
  return { signal: new AbortController().signal };
}

/** A key that has not been used. */
export function freshKey(): string {
  return `conformance-${randomUUID()}`;
}

/** Tracks a subject under a fresh key and expects an answer that the guard can believe. */
export async function track(
  { provider }: ProviderHarness,
  { userId, action, custom }: ConformanceSubject,
  idempotencyKey: string = freshKey(),
): Promise<TrackedAction> {
  const request = { userId, action, attributes: { idempotencyKey, ...(custom !== undefined && { custom }) } };
  const answer = await provider.track(request, patient());
  expect(parseTrackAnswer(answer, idempotencyKey)).toEqual(answer);
  return { request, answer };
}

/** Tracks a fresh subject that ends in `state`. */
export async function trackInto(harness: ProviderHarness, state: TrackAnswer["state"]): Promise<TrackedAction> {
  const tracked = await track(harness, await harness.subject(state));
  expect(tracked.answer.state).toBe(state);
  return tracked;
}

/** What names a tracked action. */
export function addressOf({ request: { userId, action, attributes } }: TrackedAction): GetActionRequest {
  return { userId, action, idempotencyKey: attributes.idempotencyKey };
}

/** Settles a call that may be refused; every refusal must be an error of the kit, never a raw one. */
export async function settle<Answer>(call: () => Promise<Answer>): Promise<Answer | "refused"> {
  try {
    return await call();
  } catch (error) {
    expect(error).toBeInstanceOf(RequireActionError);
    return "refused";
  }
}
