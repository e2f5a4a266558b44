// The client's half of the story: ask, have the challenge presented, and show what became of the withdrawal.
import { ActionError, type ActionResponse, RepeatFailedError, resumeRedirect } from "@require-action/client";
import { actionFetch, mode } from "./action-fetch.ts";

const $ = (id: string): HTMLElement => document.getElementById(id)!;
const signIn = document.querySelector<HTMLFormElement>("#sign-in")!;
const withdrawal = document.querySelector<HTMLFormElement>("#withdrawal")!;

/** What pressing the second button does, while there is something to go on with. */
let goOn: (() => Promise<ActionResponse>) | undefined;

function say(text: string): void {
  $("message").textContent = text;
}

function offer(label: string, act: () => Promise<ActionResponse>): void {
  goOn = act;
  $("go-on").textContent = label;
  $("go-on").hidden = false;
}

async function showAccount(): Promise<void> {
  const response = await fetch("/balance");
  $("sign-in").hidden = response.ok;
  $("account").hidden = !response.ok;
  if (!response.ok) return;
  const { user, balance, currency } = await response.json();
  $("greeting").textContent = `Hello, ${user}`;
  $("balance").textContent = `${balance} ${currency}`;
}

/** Shows the answer to a withdrawal. */
async function show(response: ActionResponse): Promise<void> {
  if (response.review) {
    const { ask } = response.review;
    say("The bank has to look at this first.");
    return offer("Ask how it went", () => ask());
  }
  const { withdrawn, code, title, error } = await response.json().catch(() => ({}));
  if (response.ok) say(`${withdrawn} EUR are on their way.`);
  // Whoever turns back on the redirect's page comes back with its challenge open.
  else if (code === "challenge_incomplete") say("The withdrawal was not confirmed. Nothing was moved.");
  else say(title ?? error ?? "That did not work.");
}

/** Shows what came in between. Nothing has been moved, unless the answer to an approved request was lost. */
function explain(error: unknown): void {
  if (error instanceof RepeatFailedError) {
    say("The connection broke, so the withdrawal may be on its way or not.");
    // Safe: the approval is good for one withdrawal.
    return offer("Try again", () => error.repeat());
  }
  if (!(error instanceof ActionError)) return say("The bank cannot be reached. Nothing was moved; try again.");
  if (error.code === "challenge_cancelled") return say("The withdrawal was not confirmed. Nothing was moved.");
  if (error.code === "popup_blocked") return say("The browser blocked the window. Allow it, and try again.");
  if (error.code === "challenge_expired") return say("That took too long. Nothing was moved; try again.");
  say(error.message);
}

/** From a press of a button to what became of it. */
async function follow(act: () => Promise<ActionResponse | undefined>): Promise<void> {
  const buttons = document.querySelectorAll<HTMLButtonElement>("#withdraw, #go-on");
  for (const button of buttons) button.disabled = true;
  goOn = undefined;
  $("go-on").hidden = true;
  try {
    const response = await act();
    if (response) await show(response);
  } catch (error) {
    explain(error);
  }
  await showAccount().catch(() => {});
  for (const button of buttons) button.disabled = false;
}

signIn.addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: new FormData(signIn).get("user") }),
  });
  say(response.ok ? "" : "Pick a name of small letters, such as alice.");
  await showAccount();
});

withdrawal.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { amount, payee } = Object.fromEntries(new FormData(withdrawal));
  await follow(() => {
    say("One moment …");
    return actionFetch("/withdrawals", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ amount, currency: "EUR", payee }),
    });
  });
});

$("go-on").addEventListener("click", () => goOn && follow(goOn));

$(`mode-${mode}`).setAttribute("aria-current", "page");
// A redirect ends here: the request that waited in this tab goes on with the token in the address.
await follow(async () => (await resumeRedirect(actionFetch))?.response);
