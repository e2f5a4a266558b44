import { Authsignal } from "@authsignal/browser";
import {
  ActionError,
  type ActionRequestInit,
  type ActionResponse,
  authsignalLaunch,
  createActionFetch,
  type Headless,
  headless,
  redirect,
  RepeatFailedError,
  resumeRedirect,
} from "../../src/index.ts";

/** What became of one call. */
export interface Outcome {
  readonly action?: string | undefined;
  readonly status?: number;
  readonly body?: unknown;
  readonly code?: string;
  readonly error?: string;
}

declare global {
  /** What the tests see of the page. */
  interface Window {
    readonly outcomes: Outcome[];
    readonly challenges: Headless;
    readonly send: (path: string, init?: ActionRequestInit) => Promise<void>;
    /** Repeats the last request whose reply was lost. */
    readonly repeatLost: () => Promise<void>;
  }
}

const challenges = headless();
const authsignal = new Authsignal({ tenantId: "tenant" });
const presenters = {
  headless: () => challenges.present,
  popup: () => authsignalLaunch(authsignal),
  window: () => authsignalLaunch(authsignal, { mode: "window" }),
  redirect: () => redirect(),
};
const name = new URLSearchParams(location.search).get("present") ?? "redirect";
const actionFetch = createActionFetch({ present: presenters[name as keyof typeof presenters]() });

const outcomes: Outcome[] = [];
let lost: RepeatFailedError | undefined;

async function note(result: Promise<ActionResponse>, action?: string): Promise<void> {
  try {
    const response = await result;
    outcomes.push({ action, status: response.status, body: await response.json() });
  } catch (error) {
    if (error instanceof RepeatFailedError) lost = error;
    outcomes.push(error instanceof ActionError ? { code: error.code } : { error: String(error) });
  }
}

const post = (body: BodyInit, headers: HeadersInit = {}): RequestInit => ({ method: "POST", body, headers });
const json = (body: unknown): RequestInit => post(JSON.stringify(body), { "content-type": "application/json" });

function form(): FormData {
  const data = new FormData();
  data.set("file", new Blob([new Uint8Array([0, 128, 255])], { type: "image/png" }), "id.png");
  return data;
}

const send = (path: string, init: ActionRequestInit = json({ amount: "100" })): Promise<void> =>
  note(actionFetch(path, init));
Object.assign(window, { outcomes, challenges, send, repeatLost: () => note(lost!.repeat()) });

const clicks: Record<string, () => Promise<void>> = {
  withdraw: () => send("/withdrawals"),
  upload: () => send("/uploads", post(form())),
  short: () => send("/short"),
  sensitive: () => send("/withdrawals", { ...json({ password: "canary" }), sensitive: true }),
};
for (const [id, click] of Object.entries(clicks)) {
  const button = document.createElement("button");
  Object.assign(button, { id, textContent: id, onclick: click });
  document.body.append(button);
}

if (location.pathname === "/unasked") {
  await send("/withdrawals");
  console.log("asked");
}
if (location.pathname === "/return") {
  const resumed = await resumeRedirect(actionFetch).catch((error: unknown) => error);
  if (resumed instanceof ActionError) outcomes.push({ code: resumed.code });
  else if (resumed) {
    const { action, response } = resumed as { action: string; response: ActionResponse };
    await note(Promise.resolve(response), action);
  } else outcomes.push({ code: "nothing_resumed" });
}
