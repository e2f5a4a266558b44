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
export function peekPending(): PendingRequest | null {
  try {
    return JSON.parse(sessionStorage.getItem(SLOT) ?? "null");
  } catch {
    return null;
  }
}

/** Forgets a request, unless another one has taken its place. */
export function dropPending({ id }: PendingRequest): void {
  if (peekPending()?.id === id) sessionStorage.removeItem(SLOT);
}

/** A request as text, for the session's storage. */
interface StoredRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly credentials: RequestCredentials;
  readonly mode: RequestMode;
  readonly cache: RequestCache;
  readonly redirect: RequestRedirect;
  readonly referrerPolicy: ReferrerPolicy;
  /** One character for each byte; empty without a body. */
  readonly body: string;
}

/** Credentials for every action, not only for this one, and a token that another one will replace: they do not lie about in a storage. */
const NEVER_STORED = /^((proxy-)?authorization|action-token)$/;
const CHUNK = 32_768;

/** Turns a request into text, all but its credentials. */
export async function storeRequest(request: Request): Promise<StoredRequest> {
  const { url, method, credentials, mode, cache, redirect, referrerPolicy } = request;
  const bytes = new Uint8Array(await request.arrayBuffer());
  let body = "";
  for (let i = 0; i < bytes.length; i += CHUNK) body += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  const headers = [...request.headers].filter(([name]) => !NEVER_STORED.test(name));
  return { url, method, headers, credentials, mode, cache, redirect, referrerPolicy, body };
}

/** Turns the text into the request again. */
export function restoreRequest({ url, headers, body, ...init }: StoredRequest, added: HeadersInit = {}): Request {
  const all = new Headers(headers.map(([name, value]) => [name, value]));
  for (const [name, value] of new Headers(added)) all.set(name, value);
  const bytes = Uint8Array.from(body, (character) => character.charCodeAt(0));
  return new Request(url, { ...init, headers: all, ...(body && { body: bytes }) });
}
