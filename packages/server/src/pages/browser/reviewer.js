// The console's forms that a passkey fills in. All else of the console works without script.

import { createPasskey, hasPasskeys, readPasskeyError, usePasskey } from "@require-action/client/page";

/** As long as browsers wait for a passkey at the longest. */
const TIMEOUT_MS = 600_000;

/** @type {HTMLFormElement | null} */
const invitation = document.querySelector("form[data-invitation]");
// Behind the #, where no server and no log sees it.
if (invitation !== null) fieldOf(invitation, "token").value = location.hash.slice(1);

/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-passkey]");
for (const form of forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void answer(form);
  });
}

/** @param {HTMLFormElement} form */
async function answer(form) {
  const { passkey, options = "" } = form.dataset;
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button");
  if (problem === null || button === null) return;
  if (!hasPasskeys()) {
    problem.textContent = "This browser has no passkeys here.";
    return;
  }
  problem.textContent = "";
  button.disabled = true;
  try {
    const ask = passkey === "create" ? createPasskey : usePasskey;
    const given = await ask(JSON.parse(options), AbortSignal.timeout(TIMEOUT_MS));
    fieldOf(form, "answer").value = JSON.stringify(given);
    form.submit();
  } catch (error) {
    problem.textContent =
      readPasskeyError(error) === "passkey_exists"
        ? "This device has a passkey of yours already: sign in with it."
        : "The passkey was not used. Try again.";
    button.disabled = false;
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function fieldOf(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
