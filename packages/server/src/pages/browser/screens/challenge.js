import { usePasskey } from "@require-action/client/page";
import { choiceList, methodHeading } from "../lib/choices.js";
import { alertPlace, busyButton, codeForm, fieldForm, fillFromMessages, linkButton } from "../lib/controls.js";
import { denial } from "./deny.js";
import { announce, el, show, untilLeft } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { lostMethod, supportLink } from "./lost-method.js";
import { askMagicLink, notYet } from "./magic-link.js";
import { methodNamed } from "../lib/methods.js";
import { ceremonyText, hasPasskeys } from "../lib/passkey.js";
import { failedAnswer, sentCodeKey, wrongCode } from "../page.js";
import { rememberChoice } from "./remember-device.js";
import { summary } from "./summary.js";
import { resendButton } from "./resend.js";
import { countDown, waitText } from "../lib/time.js";
import { phrase, say } from "../lib/language.js";

/** @import { PageState } from "../../page-state.ts" */
/** @import { Page } from "../page.js" */
/** @import { Refusal } from "../lib/controls.js" */
/** @import { Child } from "../lib/dom.js" */
/** @typedef {PageState["methods"][number]} Authenticator */

/**
 * Shows what is to be approved, and takes the proof.
 * @param {Page} page
 * @param {{ note?: string | undefined }} [options] What the user should know first.
 */
export function showChallenge(page, { note } = {}) {
  const place = el("section", { class: "step asked" });
  const methods = page.state.methods.filter(
    ({ verificationMethod }) => verificationMethod !== "PASSKEY" || hasPasskeys,
  );

  /**
   * @param {Authenticator | undefined} authenticator
   * @param {readonly (Node | undefined)[]} children
   */
  function step(authenticator, children) {
    show(place, [...children, rememberChoice(page), footer(authenticator)]);
  }

  /** @param {Authenticator | undefined} authenticator */
  function footer(authenticator) {
    const back = () => (authenticator === undefined ? begin() : ask(authenticator, false));
    const others = choices(authenticator);
    return el(
      "div",
      { class: "links" },
      authenticator !== undefined && others.length > 0 ? linkButton(say("challenge.otherWay"), choose) : undefined,
      // In this order two stand beside each other on a phone.
      linkButton(say("deny.link"), () => show(place, denial(page, back))),
      linkButton(say("lost.link"), () => show(place, lostMethod(others, back))),
      cancelLink(),
    );
  }

  /** @param {Authenticator} [besides] */
  function choices(besides) {
    return methods
      .filter((authenticator) => authenticator !== besides)
      .map((authenticator) => ({
        method: authenticator.verificationMethod,
        hint: authenticator.hint,
        onPick: () => ask(authenticator, true),
      }));
  }

  function cancelLink() {
    return page.host.canLeave() ? linkButton(say("common.cancel"), () => page.leave()) : undefined;
  }

  function choose() {
    show(place, [
      el("h2", { tabindex: "-1" }, say("challenge.choose")),
      choiceList(choices()),
      el("div", { class: "links" }, cancelLink()),
    ]);
  }

  /**
   * @param {Authenticator} authenticator
   * @param {boolean} isChosen True when the user has just picked it, which is enough to send a code.
   */
  function ask(authenticator, isChosen) {
    const { verificationMethod } = authenticator;
    const lockedUntil = page.lockedUntil.get(verificationMethod) ?? 0;
    if (lockedUntil > Date.now()) return locked(authenticator, lockedUntil);
    switch (methodNamed(verificationMethod).kind) {
      case "passkey":
        return askPasskey(authenticator);
      case "own-code":
        return askCode(authenticator, {
          label: say("code.appLabel"),
          ...(note === undefined ? {} : { hint: note }),
        });
      case "recovery-code":
        return askRecoveryCode(authenticator);
      case "sent-code":
        return askSentCode(authenticator, isChosen);
      case "sent-link":
        return askMagicLink(page, {
          authenticator,
          isChosen,
          step: (children) => step(authenticator, [methodHeading(verificationMethod), ...children]),
          verify: () => verify(authenticator, {}, { path: "/finalize", wrong: notYet }),
        });
    }
  }

  /**
   * @param {Authenticator} authenticator
   * @param {object} answer
   * @param {{ path?: string, wrong?: Refusal }} [options] Where else it goes, and what else to tell of a wrong one.
   * @returns {Promise<Refusal | undefined>} What to tell, if it was not the right answer.
   */
  async function verify(authenticator, answer, { path = "", wrong = wrongCode } = {}) {
    const { segment } = methodNamed(authenticator.verificationMethod);
    const reply = await page.answer(`verify/${segment}${path}`, answer);
    if (reply.ok) {
      const { isVerified, accessToken } = reply.value;
      if (isVerified !== true) return wrong;
      // Without one, the answer was for an enrolment that another tab had begun.
      if (typeof accessToken === "string") await page.succeed(accessToken);
      else await page.restart();
      return undefined;
    }
    if (reply.reason !== "wait") return failedAnswer(page, reply);
    const { retryAfterSeconds = Number.POSITIVE_INFINITY } = reply;
    const until = Date.now() + retryAfterSeconds * 1000;
    page.lockedUntil.set(authenticator.verificationMethod, until);
    locked(authenticator, until);
    return undefined;
  }

  /**
   * @param {Authenticator} authenticator
   * @param {{ label: string | readonly Child[], hint?: string }} words
   * @param {...Node} extras
   */
  function askCode(authenticator, words, ...extras) {
    const form = codeForm({
      ...words,
      submitLabel: say("common.approve"),
      onSubmit: (verificationCode) => verify(authenticator, { verificationCode }),
    });
    step(authenticator, [methodHeading(authenticator.verificationMethod), form, ...extras]);
    if (authenticator.verificationMethod === "SMS") void fillFromMessages(form);
  }

  /** @param {Authenticator} authenticator */
  function askRecoveryCode(authenticator) {
    const form = fieldForm({
      label: say("recovery.label"),
      hint: say("recovery.eachOnce"),
      submitLabel: say("common.approve"),
      input: {
        class: "recovery",
        dir: "ltr",
        autocomplete: "off",
        autocapitalize: "characters",
        maxlength: "64",
        "data-focus": "",
      },
      // Those of before have 26 characters. The server reads separators, case and letters that look like digits.
      read: (text) => (/^(.{10}|.{26})$/u.test(text.replaceAll(/[\s\p{Pd}\p{Cf}]/gu, "")) ? text.trim() : undefined),
      mistake: say("recovery.incomplete"),
      onSubmit: (verificationCode) => verify(authenticator, { verificationCode }),
    });
    step(authenticator, [methodHeading(authenticator.verificationMethod), form]);
  }

  /**
   * @param {Authenticator} authenticator
   * @param {boolean} isChosen
   */
  function askSentCode(authenticator, isChosen) {
    const { verificationMethod, hint: address } = authenticator;
    const method = methodNamed(verificationMethod);
    const error = alertPlace();
    const { button, run } = busyButton({
      label: say("code.send"),
      busyLabel: say("common.sending"),
      onPress: () => send(),
    });

    async function send() {
      error.textContent = "";
      const reply = await page.api.client(`challenge/${method.segment}`);
      if (!reply.ok) {
        error.textContent = page.failed(reply) ?? "";
        return;
      }
      page.sentCodes.set(sentCodeKey("challenge", verificationMethod), {
        hint: authenticator.hint ?? "",
        sentAt: Date.now(),
      });
      announce(say("code.sent"));
      askForSentCode();
    }

    function askForSentCode() {
      askCode(
        authenticator,
        {
          label: address === undefined ? say("code.label") : phrase("code.sentTo", { address }),
          hint: say("code.sentHint"),
        },
        resendButton(page, "challenge", verificationMethod),
      );
    }

    // It is good until it is used, or another one is asked for.
    if (page.sentCodes.has(sentCodeKey("challenge", verificationMethod))) return askForSentCode();
    step(authenticator, [
      methodHeading(authenticator.verificationMethod),
      el(
        "p",
        { class: "hint" },
        ...(address === undefined ? [say("code.willSend")] : phrase("code.willSendTo", { address })),
      ),
      error,
      button,
    ]);
    if (isChosen) void run(send);
  }

  /** @param {Authenticator} authenticator */
  function askPasskey(authenticator) {
    const error = alertPlace();
    const { button } = busyButton({
      label: say("passkey.approve"),
      busyLabel: say("passkey.waiting"),
      async onPress() {
        error.textContent = "";
        const left = untilLeft();
        const asked = await page.api.page("passkey", { language: document.documentElement.lang });
        if (!asked.ok) {
          error.textContent = page.failed(asked) ?? "";
          return;
        }
        const { options, challengeId } = asked.value;
        try {
          const authenticationCredential = await usePasskey(options, left);
          const refusal = await verify(authenticator, { authenticationCredential, challengeId });
          error.textContent = refusal === wrongCode ? say("passkey.refused") : (refusal?.text ?? "");
        } catch (problem) {
          error.textContent = ceremonyText(problem);
        }
      },
    });
    button.setAttribute("data-focus", "");
    step(authenticator, [
      methodHeading(authenticator.verificationMethod),
      // Of several, which of them will do.
      authenticator.hint === undefined ? undefined : el("p", {}, el("bdi", {}, authenticator.hint)),
      el("p", { class: "hint" }, say("passkey.hint")),
      error,
      button,
    ]);
  }

  /**
   * @param {Authenticator} authenticator
   * @param {number} until
   */
  function locked(authenticator, until) {
    const isForEver = until === Number.POSITIVE_INFINITY;
    const text = () => (isForEver ? say("locked.forever") : say("locked.until", { when: waitText(until) }));
    const told = el("p", {}, text());
    const notice = el("div", { class: "notice" }, icon("clock"), told);
    const help = isForEver ? supportLink() : undefined;
    step(authenticator, [methodHeading(authenticator.verificationMethod), notice, help]);
    announce(text());
    if (isForEver) return;
    countDown(until, {
      isOver: () => !notice.isConnected,
      tick: () => void (told.textContent = text()),
      done() {
        ask(authenticator, false);
        announce(say("challenge.unlocked"));
      },
    });
  }

  /** @param {Authenticator} authenticator */
  function sentAt({ verificationMethod }) {
    return page.sentCodes.get(sentCodeKey("challenge", verificationMethod))?.sentAt ?? 0;
  }

  function begin() {
    // Where a code is out, it is what the user has at hand.
    const [preferred] = [...methods].sort((one, other) => sentAt(other) - sentAt(one));
    if (preferred !== undefined) return ask(preferred, false);
    step(undefined, [el("p", {}, say("challenge.noPasskeys"))]);
  }

  show(page.main, [summary(page.state), place]);
  begin();
  page.main.querySelector("h1")?.focus();
}
