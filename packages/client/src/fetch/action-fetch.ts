import { type Presenter, presentPrompt } from "../presenters/presenter.ts";
import { ActionError } from "../wire/action-error.ts";
import { readServerTime } from "../wire/timing.ts";
import {
  ACTION_TOKEN_HEADER,
  type ActionResponse,
  isToken,
  type Prompt,
  readProblemCode,
  readReply,
  readWaiting,
} from "../wire/wire.ts";
import { type ActionRun, coalesceRequests } from "./coalesce-requests.ts";
import {
  type ActionRequestInit,
  type PreparedRequest,
  prepareRequest,
  requestKey,
  sendRequest,
} from "./prepared-request.ts";
import { asActionResponse, repeatRequest } from "./repeat-request.ts";
import { noReply, tellsNothing } from "./review.ts";

/** A `fetch` that notices a challenge, has it presented, and repeats the request once. */
export type ActionFetch = (input: RequestInfo | URL, init?: ActionRequestInit) => Promise<ActionResponse>;

/** Options of {@link createActionFetch}. */
export interface ActionFetchOptions {
  /** Shows challenges to the user. */
  readonly present: Presenter;
  /** Sends the requests; the global `fetch` when absent. */
  readonly fetch?: typeof fetch;
}

/**
 * Creates a `fetch` for guarded routes. Responses come back untouched and unread; only a challenge or an enrollment is
 * presented, and the request repeated. It rejects as `fetch` does, and with an {@link ActionError} for all that comes between.
 *
 * @example
 * const actionFetch = createActionFetch({ present: authsignalLaunch(new Authsignal({ tenantId })) });
 * const response = await actionFetch("/withdrawals", { method: "POST", headers, body });
 * const done = response.review ? await waitForReview(response.review, { signal }) : response;
 */
export function createActionFetch({ present, fetch: send = globalFetch }: ActionFetchOptions): ActionFetch {
  const coalesce = coalesceRequests();
  return async (input, init) => {
    const prepared = prepareRequest(send, input, init);
    const { signal } = prepared.request;
    const given = prepared.request.headers.get(ACTION_TOKEN_HEADER);
    // Without a token the first sending is what the caller asked for, to the letter.
    const response = await (given === null ? sendRequest(prepared) : repeatRequest(prepared, given, { signal }));
    const prompt = await readPrompt(response);
    if (!prompt) return asActionResponse(prepared, response);
    const { action } = prompt;
    const key = JSON.stringify([action, prepared.sensitive, await requestKey(prepared.request)]);
    const run = (actionRun: ActionRun): Promise<Response> => complete(present, prepared, prompt, actionRun);
    return asActionResponse(prepared, await coalesce({ action, key, signal, run }));
  };
}

// Looked up at each call, as tests and monitors replace it.
const globalFetch: typeof fetch = (...parameters) => fetch(...parameters);

/** True for refusals of what is no approval, or not yet. Nothing ran. */
async function isNoApproval(response: Response): Promise<boolean> {
  return /^(challenge_incomplete|action_token_(expired|invalid|malformed))$/.test(
    String(await readProblemCode(response)),
  );
}

/** From the prompt to the reply of the repeated request: at most one enrollment, one challenge, one run. */
async function complete(
  present: Presenter,
  prepared: PreparedRequest,
  first: TimedPrompt,
  run: ActionRun,
): Promise<Response> {
  const { signal } = run;
  const { request, sensitive } = prepared;
  const show = ({ endsAt, ...prompt }: TimedPrompt): Promise<string> => {
    const expiresInMs = endsAt - performance.now();
    const poll = pollElsewhere(prompt);
    const options = { signal, request: request.clone(), sensitive, expiresInMs, poll };
    return presentPrompt(present, prompt, options).catch(async (error: unknown) => {
      // What was asked last may have run, or run yet: its reply counts, and where that is lost nobody knows.
      outcome = await asked;
      if (!outcome || (await isNoApproval(outcome))) throw error;
      return "";
    });
  };
  let outcome: Response | undefined;
  let asked: Promise<Response> | undefined;
  const pollElsewhere = (prompt: Prompt) => async (): Promise<number | undefined> => {
    if (prompt.code !== "challenge_required" || prompt.approval === undefined) return undefined;
    run.sending = true;
    asked = repeatRequest(prepared, prompt.idempotencyKey, { signal });
    const reply = await asked.catch(noReply);
    const waitSeconds = !reply || (await tellsNothing(reply)) ? prompt.approval.interval : await readWaiting(reply);
    run.sending = !reply || !(await isNoApproval(reply));
    if (waitSeconds === undefined) outcome = reply;
    return waitSeconds;
  };
  const ask = async (): Promise<{ response: Response; prompt: TimedPrompt | undefined }> => {
    run.sending = true;
    const response = await sendRequest(prepared, { signal });
    const prompt = await readPrompt(response);
    run.sending = prompt === undefined;
    return { response, prompt };
  };

  let prompt = first;
  // What was presented meanwhile may have enrolled the user, or taken longer than this challenge lasts.
  if (run.waited && (prompt.code === "enrollment_required" || prompt.endsAt <= performance.now())) {
    const again = await ask();
    if (!again.prompt) return again.response;
    prompt = again.prompt;
  }
  if (prompt.code === "enrollment_required") {
    const token = await show(prompt);
    // Where the page had the user approve at once, one visit is enough.
    if (isToken(token)) {
      run.sending = true;
      const response = await repeatRequest(prepared, token, { signal });
      if (!(await isNoApproval(response))) return response;
    }
    const enrolled = await ask();
    if (enrolled.prompt?.code !== "challenge_required") return enrolled.response;
    prompt = enrolled.prompt;
  }
  const token = await show(prompt);
  if (outcome !== undefined) return outcome;
  run.sending = true;
  return repeatRequest(prepared, token, { signal });
}

/** A prompt, and the `performance.now()` at which it ends; infinity when the server does not say. */
type TimedPrompt = Prompt & { readonly endsAt: number };

/** Reads what a response asks the user for. Rejects when a redirect led to it: the repeated request would follow none. */
async function readPrompt(response: Response): Promise<TimedPrompt | undefined> {
  const prompt = await readReply(response);
  if (!prompt || prompt.code === "review_required") return undefined;
  if (response.redirected) throw new ActionError("request_redirected");
  return { ...prompt, endsAt: performance.now() + lifetimeOf(prompt, response) };
}

/** The browser's clock may be wrong by hours, so that only the time between two stamps of the server counts. */
function lifetimeOf(prompt: Prompt, response: Response): number {
  if (prompt.code === "enrollment_required") return Infinity;
  const lifetimeMs = Date.parse(prompt.expiresAt) - (readServerTime(response) ?? NaN);
  return lifetimeMs > 0 ? lifetimeMs : Infinity;
}
