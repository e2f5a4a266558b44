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

/**
 * What customers are told of a refusal. Titles of the guard are for developers; a blocked withdrawal gives no reason, so that nobody
 * learns how to get around it.
 */
const refusals: Readonly<Record<string, string>> = {
  // Whoever turns back on the redirect's page comes back with its challenge open.
  challenge_incomplete: "The withdrawal was not confirmed. Nothing was moved.",
  action_blocked: "We cannot carry out this withdrawal. Please call us; your money is safe.",
  action_denied_by_user: "You told us that this was not you. Nothing was moved, and we are looking into it.",
  review_rejected: "We have looked at this withdrawal and did not carry it out. Please call us.",
  action_token_used: "This withdrawal has already been carried out.",
  action_token_expired: "That took too long. Nothing was moved; try again.",
  action_parameters_changed: "The withdrawal is not the one that you confirmed. Nothing was moved; try again.",
  authentication_required: "You have been signed out. Sign in, and try again.",
  decision_unavailable: "We cannot check this right now. Nothing was moved; try again in a minute.",
};

/** Of the bank's own answers, by their status. */
const ownRefusals: Readonly<Record<number, string>> = {
  400: "Enter an amount such as 250.00. Nothing was moved.",
  401: "You have been signed out. Sign in, and try again.",
  422: "There is not enough money in your account. Nothing was moved.",
};

/** Shows the answer to a withdrawal. */
async function show(response: ActionResponse): Promise<void> {
  if (response.review) {
    const { ask } = response.review;
    say("The bank has to look at this first.");
    return offer("Ask how it went", () => ask());
  }
  const { withdrawn, code } = await response.json().catch(() => ({}));
  if (response.ok) say(`${withdrawn} EUR are on their way.`);
  else say(refusals[code] ?? ownRefusals[response.status] ?? "That did not work. Please call us before you try again.");
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
  say("That did not work. Nothing was moved; try again.");
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
