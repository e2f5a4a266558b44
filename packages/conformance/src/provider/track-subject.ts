import { randomUUID } from "node:crypto";
import { RequireActionError } from "@require-action/core";
import {
  type CallOptions,
  type GetActionRequest,
  parseTrackAnswer,
  type TrackAnswer,
} from "@require-action/core/provider";
import { expect } from "vitest";
import type { ConformanceSubject, ProviderHarness, TrackedAction } from "./provider-harness.ts";

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
