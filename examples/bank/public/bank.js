// The client's half of the story: ask, have the challenge completed in a popup, ask once more.
// oxlint-disable-next-line import/no-absolute-path -- a path of the site, not of the disk
import { Authsignal } from "/authsignal.js";

const authsignal = new Authsignal({ tenantId: "example-bank", baseUrl: `${location.origin}/auth/v1` });
const $ = (id) => document.getElementById(id);
const reviews = new Map();

function say(text) {
  $("message").textContent = text;
}

async function call(method, path, body, headers = {}) {
  const response = await fetch(path, {
    method,
    headers: { ...(body && { "content-type": "application/json" }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json().catch(() => ({})) };
}

async function showAccount() {
  const { status, body } = await call("GET", "/balance");
  $("sign-in").hidden = status === 200;
  $("account").hidden = status !== 200;
  if (status !== 200) return;
  $("greeting").textContent = `Hello, ${body.user}`;
  $("balance").textContent = `${body.balance} ${body.currency}`;
}

const withdraw = (withdrawal, token) =>
  call("POST", "/withdrawals", withdrawal, token ? { "action-token": token } : {});

/** Withdraws, and presents what the bank asks for on the way. */
async function withdrawWithChallenge(withdrawal) {
  const key = JSON.stringify(withdrawal);
  let answer = await withdraw(withdrawal, reviews.get(key));
  if (answer.body.code === "challenge_required" || answer.body.code === "enrollment_required") {
    say("Confirm that it is you.");
    const { token } = await authsignal.launch(answer.body.url, { mode: "popup" });
    if (!token) return say("The withdrawal was not confirmed. Nothing was moved.");
    answer = await withdraw(withdrawal, token);
  }
  reviews.delete(key);
  if (answer.body.code === "review_required") {
    reviews.set(key, answer.body.idempotencyKey);
    return say("The bank has to look at this first. Press Withdraw again later to ask how it went.");
  }
  if (answer.status === 200) return say(`${answer.body.withdrawn} EUR are on their way.`);
  say(answer.body.title ?? answer.body.error ?? "That did not work.");
}

$("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { status, body } = await call("POST", "/session", { user: new FormData(event.target).get("user") });
  say(status === 200 ? "" : body.error);
  await showAccount();
});

$("withdrawal").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { amount, payee } = Object.fromEntries(new FormData(event.target));
  const button = event.target.querySelector("button");
  button.disabled = true;
  try {
    await withdrawWithChallenge({ amount, currency: "EUR", payee });
    await showAccount();
  } catch {
    say("The bank cannot be reached. Nothing was moved; try again.");
  } finally {
    button.disabled = false;
  }
});

await showAccount();
