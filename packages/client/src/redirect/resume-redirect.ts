import type { ActionFetch } from "../fetch/action-fetch.ts";
import { ActionError } from "../wire/action-error.ts";
import { ACTION_TOKEN_HEADER, type ActionResponse, isToken } from "../wire/wire.ts";
import { keyOf } from "../wire/token-claims.ts";
import { dropPending, peekPending, restoreRequest } from "./pending-request.ts";

/** Options of {@link resumeRedirect}. */
export interface ResumeOptions {
  /** Added to the stored ones: what is never stored, such as `Authorization`. */
  readonly headers?: HeadersInit;
}

/** What became of the request that waited. */
export interface ResumedAction {
  readonly action: string;
  readonly response: ActionResponse;
}

/**
 * Repeats the request that waited for a redirect, once in all tabs. Call it on the page that the guard's `redirectUrl`
 * names, before anything else reads the address: it takes the `token` parameter out of it. Answers `undefined` when nothing
 * waits for this token; rejects with `challenge_expired` when the user came back too late.
 */
export async function resumeRedirect(
  actionFetch: ActionFetch,
  options: ResumeOptions = {},
): Promise<ResumedAction | undefined> {
  const token = takeToken();
  if (token === undefined && underWay) {
    const resumed = await underWay;
    return resumed && { ...resumed, response: copyOf(resumed.response) };
  }
  const resuming = resume(token, actionFetch, options);
  underWay = resuming;
  try {
    return await resuming;
  } finally {
    if (underWay === resuming) underWay = undefined;
  }
}

/** What this page resumes. Whoever asks meanwhile, as a component that strict mode puts back, gets a copy of the result. */
let underWay: Promise<ResumedAction | undefined> | undefined;

function copyOf(response: ActionResponse): ActionResponse {
  const { review } = response;
  return Object.assign(response.clone(), review && { review });
}

async function resume(
  token: string | undefined,
  actionFetch: ActionFetch,
  { headers }: ResumeOptions,
): Promise<ResumedAction | undefined> {
  const pending = peekPending();
  if (!token || !pending || (pending.key !== undefined && pending.key !== keyOf(token))) return undefined;
  dropPending(pending);
  if (pending.expiresAt <= Date.now()) throw new ActionError("challenge_expired");
  if (!(await claimOnce(pending.id, pending.expiresAt))) return undefined;
  const request = restoreRequest(pending.request, headers);
  // After an enrollment too, where a visit without an approval must not lead back to the page at once: nobody could leave it.
  request.headers.set(ACTION_TOKEN_HEADER, token);
  return { action: pending.action, response: await actionFetch(request) };
}

/** The one token of the address, which then holds none any more: addresses end up in histories and logs. */
function takeToken(): string | undefined {
  const address = new URL(location.href);
  if (!address.searchParams.has("token")) return undefined;
  // Of two neither is believed: no token has a space.
  const token = address.searchParams.getAll("token").join(" ");
  // searchParams would write the rest anew, which is the application's, and may be signed.
  const own = address.search.split("&").filter((one) => !new URLSearchParams(one).has("token"));
  address.search = own.join("&");
  history.replaceState(history.state, "", address);
  return isToken(token) ? token : undefined;
}

const SLOT = "require-action.resumed";

/**
 * True for the first caller in all tabs of the origin. A duplicated tab has a copy of everything that waits in
 * `sessionStorage`. The server would refuse the second request; this keeps it from being sent.
 */
async function claimOnce(id: string, expiresAt: number): Promise<boolean> {
  const claim = (): boolean => {
    try {
      const taken: [id: string, expiresAt: number][] = JSON.parse(localStorage.getItem(SLOT) ?? "[]");
      const live = taken.filter(([, end]) => end > Date.now());
      if (live.some(([other]) => other === id)) return false;
      localStorage.setItem(SLOT, JSON.stringify([...live, [id, expiresAt]]));
    } catch {
      // A storage that is full or closed must not cost the user the approval.
    }
    return true;
  };
  // Only secure contexts have locks.
  return navigator.locks ? navigator.locks.request(SLOT, claim) : claim();
}
