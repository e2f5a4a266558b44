import { choiceList } from "../lib/choices.js";
import { alertPlace, busyButton, fieldForm, linkButton } from "../lib/controls.js";
import { announce, el, show } from "../lib/dom.js";
import { showEnrollment } from "./enroll.js";
import { icon } from "../lib/icons.js";
import { enrollText, methodNamed, methods } from "../lib/methods.js";
import { hasPasskeys } from "../lib/passkey.js";
import { who } from "./summary.js";
import { dayOf, say } from "../lib/language.js";

/** @import { PageState } from "../../page-state.ts" */
/** @import { Page } from "../page.js" */
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
    const { verificationMethod, hint, name, createdAt, lastUsedAt } = authenticator;
    const { icon: picture, label } = methodNamed(verificationMethod);
    const title = (name === undefined ? undefined : hint) ?? say(label);
    const facts = [
      hint,
      say("settings.added", { date: dayOf(createdAt) }),
      lastUsedAt === undefined ? undefined : say("settings.lastUsed", { date: dayOf(lastUsedAt) }),
    ];
    const place = el("div", { class: "row-actions" });
    const item = el(
      "li",
      {},
      icon(picture),
      el(
        "span",
        {},
        say(label),
        el(
          "small",
          {},
          ...facts
            .filter((fact) => fact !== undefined)
            .flatMap((fact, index) => [index === 0 ? "" : " \u00b7 ", el("bdi", {}, fact)]),
        ),
      ),
      place,
    );
    const remove = linkButton(say("settings.remove"), () => {
      const { button } = busyButton({
        label: say("settings.removeNow"),
        busyLabel: say("settings.removing"),
        class: "link danger",
        onPress: () => removeAuthenticator(authenticator),
      });
      button.setAttribute("data-focus", "");
      const keep = linkButton(say("settings.keep"), () => {
        show(place, actions);
        remove.focus();
      });
      show(place, [button, keep]);
    });
    remove.setAttribute("aria-label", say("settings.removeMethod", { method: title }));
    const rename = linkButton(say("settings.rename"), () =>
      show(place, [
        fieldForm({
          label: say("settings.name"),
          submitLabel: say("settings.save"),
          input: { value: name, maxlength: "64", autocomplete: "off", "data-focus": "" },
          read: (text) => (/[^\s\p{Cf}]/u.test(text) ? text.trim() : undefined),
          mistake: say("settings.nameMissing"),
          onSubmit: (chosen) => renameAuthenticator(authenticator, chosen),
        }),
        linkButton(say("settings.keepName"), () => {
          show(place, actions);
          rename.focus();
        }),
      ]),
    );
    rename.setAttribute("aria-label", say("settings.renameMethod", { method: title }));
    const actions = name === undefined ? [remove] : [rename, remove];
    // Recovery codes come anew with the next app, and are not taken away by hand.
    if (verificationMethod !== "RECOVERY_CODE") place.append(...actions);
    return item;
  }

  /** @param {Authenticator} authenticator */
  async function removeAuthenticator({ userAuthenticatorId }) {
    const reply = await page.api.client(`user-authenticators/${encodeURIComponent(userAuthenticatorId)}`, {}, "DELETE");
    if (reply.ok) {
      await page.restart();
      announce(say("settings.removed"));
    } else error.textContent = changeFailed(reply) ?? "";
  }

  /**
   * @param {Authenticator} authenticator
   * @param {string} name
   */
  async function renameAuthenticator({ userAuthenticatorId }, name) {
    const path = `user-authenticators/${encodeURIComponent(userAuthenticatorId)}`;
    const reply = await page.api.client(path, { name }, "PATCH");
    if (!reply.ok) {
      const text = changeFailed(reply);
      return text === undefined ? undefined : { text, isWrong: false };
    }
    await page.restart();
    announce(say("settings.renamed"));
    return undefined;
  }

  /** @param {Parameters<Page["failed"]>[0]} failure */
  function changeFailed(failure) {
    return failure.reason === "refused" ? say("settings.refused") : page.failed(failure);
  }

  const additions = addable.map((method) => {
    const isThere = method !== "PASSKEY" && known.some(({ verificationMethod }) => verificationMethod === method);
    return {
      method,
      hint: isThere ? say("settings.replaces") : enrollText(method),
      onPick: () =>
        showEnrollment(page, { only: method, onBack: () => showSettings(page), onDone: () => void page.restart() }),
    };
  });

  show(page.main, [
    el("div", { class: "summary" }, el("h1", { tabindex: "-1" }, say("settings.title")), who(user)),
    el(
      "section",
      { class: "step" },
      known.length === 0
        ? el("p", { class: "hint" }, say("settings.none"))
        : el("ul", { class: "rows" }, ...known.map(row)),
      error,
      addable.length === 0 ? undefined : el("h2", { tabindex: "-1" }, say("settings.add")),
      addable.length === 0 ? undefined : choiceList(additions),
      el("button", { class: "primary", type: "button", onclick: () => page.finish() }, say("common.done")),
    ),
  ]);
}
