import type { StoredRequest } from "./stored-request.ts";

/** A request that waits in this tab for the user to come back from a challenge. */
export interface PendingRequest {
  /** Random: distinguishes the copies in a duplicated tab from another request. */
  readonly id: string;
  readonly action: string;
  /** The idempotency key that the token must name; absent when the provider's tokens name none. */
  readonly key?: string | undefined;
  /** Milliseconds since the epoch, by the browser's clock. */
  readonly expiresAt: number;
  readonly request: StoredRequest;
}

const SLOT = "require-action.pending";

/** Keeps the one request that waits in this tab. Throws when the storage is full or closed. */
export function keepPending(pending: PendingRequest): void {
  sessionStorage.setItem(SLOT, JSON.stringify(pending));
}

/** The request that waits in this tab, if any. */
export function peekPending(): PendingRequest | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(SLOT) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Forgets a request, unless another one has taken its place. */
export function dropPending({ id }: PendingRequest): void {
  if (peekPending()?.id === id) sessionStorage.removeItem(SLOT);
}

/**
 * The idempotency key that a token of Authsignal or of the engine names. Not verified, so it proves nothing; it tells the
 * token of this challenge from a stray one, as nobody else knows the key.
 */
export function keyOf(token: string | undefined): string | undefined {
  try {
    const [, payload = ""] = (token ?? "").split(".");
    const { other } = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
    return typeof other.idempotencyKey === "string" ? other.idempotencyKey : undefined;
  } catch {
    return undefined;
  }
}
