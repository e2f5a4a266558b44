import { createPasskey, lifetimeOf } from "@require-action/client/page";
import { choiceList, methodHeading } from "../lib/choices.js";
import { alertPlace, busyButton, codeForm, copyButton, linkButton } from "../lib/controls.js";
import { askAddress } from "./enroll-address.js";
import { announce, drawing, el, show, untilLeft } from "../lib/dom.js";
import { enrollText, methodNamed } from "../lib/methods.js";
import { failedAnswer, sentCodeKey, wrongCode } from "../page.js";
import { ceremonyText, hasPasskeys } from "../lib/passkey.js";
import { showRecoveryCodes } from "./recovery-codes.js";
import { details, who } from "./summary.js";
import { phrase, say } from "../lib/language.js";

/** @import { Page } from "../page.js" */

/**
 * Sets up a way to approve.
 * @param {Page} page
 * @param {{ onDone: (method: string, result?: string) => void, onBack?: () => void, only?: string }} options `only`: the one that was picked.
 */
export function showEnrollment(page, { onDone, onBack, only }) {
  const { action, enrollable, enrollingApproves, user } = page.state;
  const offered = enrollable.filter((method) => method !== "PASSKEY" || hasPasskeys);
  const place = el("section", { class: "step" });

  /** @param {readonly (Node | undefined)[]} children */
  function step(children) {
    const back =
      onBack !== undefined
        ? linkButton(say("common.back"), onBack)
        : offered.length > 1 && only === undefined
          ? linkButton(say("enroll.another"), choose)
          : undefined;
    show(place, [...children, el("div", { class: "links" }, back, cancelLink())]);
  }

  function cancelLink() {
    return page.host.canLeave() && onBack === undefined
      ? linkButton(say("common.cancel"), () => page.leave())
      : undefined;
  }

  function choose() {
    show(place, [
      el("h2", { tabindex: "-1" }, say("enroll.choose")),
      choiceList(offered.map((method) => ({ method, hint: enrollText(method), onPick: () => begin(method) }))),
      el("div", { class: "links" }, cancelLink()),
    ]);
  }

  /** @param {string} name */
  function begin(name) {
    switch (name) {
      case "AUTHENTICATOR_APP":
        return beginApp();
      case "PASSKEY":
        return beginPasskey();
      default:
        return askAddress(page, { name, step, confirm: (verificationCode) => confirm(name, { verificationCode }) });
    }
  }

  function beginApp() {
    const error = alertPlace();
    const { button, run } = busyButton({
      label: say("enroll.showCode"),
      busyLabel: say("common.oneMoment"),
      onPress: load,
    });

    async function load() {
      error.textContent = "";
      const reply = await page.api.page("authenticator-app");
      if (reply.ok) confirmApp(reply.value);
      else error.textContent = page.failed(reply) ?? "";
    }

    step([methodHeading("AUTHENTICATOR_APP"), error, button]);
    void run(load);
  }

  /** @param {{ uri: string, secret: string, qr: { size: number, path: string } }} enrollment */
  function confirmApp({ uri, secret, qr }) {
    const key = el("code", { class: "secret", dir: "ltr" }, secret.replaceAll(/(.{4})(?=.)/g, "$1 "));
    step([
      methodHeading("AUTHENTICATOR_APP"),
      el("p", { class: "hint" }, say("enroll.scan")),
      el(
        "div",
        { class: "qr" },
        drawing({
          viewBox: `-4 -4 ${qr.size + 8} ${qr.size + 8}`,
          path: qr.path,
          role: "img",
          "aria-label": say("common.qrCode"),
        }),
      ),
      el("p", { class: "same-device" }, el("a", { href: uri }, say("enroll.openApp"))),
      el(
        "details",
        {},
        el("summary", {}, say("enroll.typeKey")),
        key,
        copyButton(say("enroll.copyKey"), () => secret),
      ),
      codeForm({
        label: say("enroll.appLabel"),
        submitLabel: say("common.setUp"),
        // The picture comes first, and a keyboard would cover it.
        hasFocus: false,
        onSubmit: (verificationCode) => confirm("AUTHENTICATOR_APP", { verificationCode }),
      }),
    ]);
  }

  function beginPasskey() {
    const error = alertPlace();
    const { button } = busyButton({
      label: say("passkey.create"),
      busyLabel: say("passkey.waitingForDevice"),
      async onPress() {
        error.textContent = "";
        const left = untilLeft();
        const asked = await page.api.client("user-authenticators/passkey/registration-options");
        if (!asked.ok) {
          error.textContent = page.failed(asked) ?? "";
          return;
        }
        const { options, challengeId } = asked.value;
        try {
          const registrationCredential = await createPasskey(options, left);
          const reply = await page.answer("user-authenticators/passkey", {
            registrationCredential,
            conditionalCreate: false,
            challengeId,
          });
          if (!reply.ok) error.textContent = page.failed(reply) ?? "";
          else if (reply.value.isVerified === true) finish("PASSKEY", reply.value);
          else error.textContent = say("passkey.refused");
        } catch (problem) {
          error.textContent = ceremonyText(problem);
        }
      },
    });
    button.setAttribute("data-focus", "");
    step([methodHeading("PASSKEY"), el("p", { class: "hint" }, say("passkey.createHint")), error, button]);
  }

  /**
   * @param {string} name
   * @param {object} answer
   */
  async function confirm(name, answer) {
    const reply = await page.answer(`verify/${methodNamed(name).segment}`, answer);
    if (!reply.ok) return failedAnswer(page, reply);
    if (reply.value.isVerified !== true) return wrongCode;
    finish(name, reply.value);
    return undefined;
  }

  /**
   * @param {string} name
   * @param {{ recoveryCodes?: readonly string[], accessToken?: string }} enrolled With the result, where it approved too.
   */
  function finish(name, { recoveryCodes, accessToken }) {
    announce(say("enroll.done"));
    if (recoveryCodes === undefined) return onDone(name, accessToken);
    const endsAt = accessToken === undefined ? Infinity : performance.now() + lifetimeOf(accessToken);
    showRecoveryCodes(page, recoveryCodes, () => {
      // Whoever took their time over the codes fetches the result again, while the request is still open to that.
      if (performance.now() < endsAt) onDone(name, accessToken);
      else void page.restart();
    });
  }

  const isApproval = onBack === undefined;
  const promise = enrollingApproves ? say("enroll.onceAndApprove") : say("enroll.once");
  show(page.main, [
    el(
      "div",
      { class: "summary" },
      el(
        "p",
        { class: "eyebrow" },
        ...(isApproval ? phrase("enroll.neededFor", { action: action.name }) : [say("settings.title")]),
      ),
      el("h1", { tabindex: "-1" }, say(isApproval ? "enroll.title" : "enroll.addMethod")),
      isApproval ? el("p", { class: "message" }, promise) : undefined,
      // What is approved is seen by whoever approves it.
      enrollingApproves ? details(action.details, user) : who(user),
    ),
    place,
  ]);
  const [first] = only === undefined ? offered : [only];
  // Where a code is out, it is what the user has at hand.
  const asked =
    only === undefined ? offered.find((method) => page.sentCodes.has(sentCodeKey("enrollment", method))) : undefined;
  if (first === undefined) step([el("p", {}, say("challenge.noPasskeys"))]);
  else if (asked !== undefined) begin(asked);
  else if (only === undefined && offered.length > 1) choose();
  else begin(first);
  page.main.querySelector("h1")?.focus();
}
