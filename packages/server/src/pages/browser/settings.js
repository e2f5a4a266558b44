import { choiceList } from "./choices.js";
import { alertPlace, busyButton, linkButton } from "./controls.js";
import { announce, el, show } from "./dom.js";
import { showEnrollment } from "./enroll.js";
import { icon } from "./icons.js";
import { methodNamed, methods } from "./methods.js";
import { hasPasskeys } from "./passkey.js";
import { who } from "./summary.js";

/** @import { PageState } from "../page-state.ts" */
/** @import { Page } from "./page.js" */
/** @typedef {PageState["authenticators"][number]} Authenticator */

/**
 * Shows the user's authenticators, to take away and to add.
 * @param {Page} page
 */
export function showSettings(page) {
  const { authenticators, enrollable, user } = page.state;
  const error = alertPlace();
  const addable = enrollable.filter((name) => name !== "PASSKEY" || hasPasskeys);
  const known = authenticators.filter(({ verificationMethod }) => methods.has(verificationMethod));

  /** @param {Authenticator} authenticator */
  function row(authenticator) {
    const { verificationMethod, hint, createdAt } = authenticator;
    const { icon: name, label } = methodNamed(verificationMethod);
    const since = `Added ${new Date(createdAt).toLocaleDateString([], { dateStyle: "medium" })}`;
    const place = el("div", { class: "row-actions" });
    const item = el(
      "li",
      {},
      icon(name),
      el("span", {}, label, el("small", {}, hint === undefined ? since : `${hint} \u00b7 ${since}`)),
      place,
    );
    const remove = linkButton("Remove", () => {
      const { button } = busyButton({
        label: "Remove it",
        busyLabel: "Removing\u2026",
        class: "link danger",
        onPress: () => removeAuthenticator(authenticator),
      });
      button.setAttribute("data-focus", "");
      const keep = linkButton("Keep it", () => {
        show(place, [remove]);
        remove.focus();
      });
      show(place, [button, keep]);
    });
    remove.setAttribute("aria-label", `Remove ${label}`);
    // Recovery codes come anew with the next app, and are not taken away by hand.
    if (verificationMethod !== "RECOVERY_CODE") place.append(remove);
    return item;
  }

  /** @param {Authenticator} authenticator */
  async function removeAuthenticator({ userAuthenticatorId, verificationMethod }) {
    const reply = await page.api.client(`user-authenticators/${encodeURIComponent(userAuthenticatorId)}`, {}, "DELETE");
    if (reply.ok) {
      await page.restart();
      announce(`${methodNamed(verificationMethod).label} was removed.`);
    } else error.textContent = changeFailed(reply) ?? "";
  }

  /** @param {Parameters<Page["failed"]>[0]} failure */
  function changeFailed(failure) {
    return failure.reason === "refused"
      ? "For this change, start again and confirm with your strongest way."
      : page.failed(failure);
  }

  const additions = addable.map((method) => {
    const isThere = method !== "PASSKEY" && known.some(({ verificationMethod }) => verificationMethod === method);
    return {
      method,
      hint: isThere ? "In place of the one you have." : methodNamed(method).enrollText,
      onPick: () =>
        showEnrollment(page, { only: method, onBack: () => showSettings(page), onDone: () => void page.restart() }),
    };
  });

  show(page.main, [
    el("div", { class: "summary" }, el("h1", { tabindex: "-1" }, "Your ways to approve"), who(user)),
    el(
      "section",
      { class: "step" },
      known.length === 0
        ? el("p", { class: "hint" }, "There are none yet.")
        : el("ul", { class: "rows" }, ...known.map(row)),
      error,
      addable.length === 0 ? undefined : el("h2", { tabindex: "-1" }, "Add or replace"),
      addable.length === 0 ? undefined : choiceList(additions),
      el("button", { class: "primary", type: "button", onclick: () => page.finish() }, "Done"),
    ),
  ]);
}
