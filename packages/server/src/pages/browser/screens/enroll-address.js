import {
  alertPlace,
  busyButton,
  codeForm,
  fieldForm,
  fillFromMessages,
  linkButton,
  selectField,
} from "../lib/controls.js";
import { methodHeading } from "../lib/choices.js";
import { announce, el } from "../lib/dom.js";
import { methodNamed } from "../lib/methods.js";
import { failedAnswer, sentCodeKey } from "../page.js";
import { resendButton } from "./resend.js";
import { phrase, say } from "../lib/language.js";

/** @import { Answer } from "../api.js" */
/** @import { Page } from "../page.js" */
/** @import { Refusal } from "../lib/controls.js" */

/**
 * Sets up an address that codes are sent to: asks for it where it is not known, sends a code, and takes the code.
 * @param {Page} page
 * @param {object} parts
 * @param {string} parts.name EMAIL_OTP, SMS or WHATSAPP
 * @param {(children: readonly (Node | undefined)[]) => void} parts.step Shows a step.
 * @param {(code: string) => Promise<Refusal | undefined>} parts.confirm
 */
export function askAddress(page, { name, step, confirm }) {
  const { phones, user } = page.state;
  const isEmail = name === "EMAIL_OTP";
  const known = isEmail ? user.email : user.phoneNumber;
  const otherAddress = say(isEmail ? "enroll.email.other" : "enroll.phone.other");

  /** @param {string} address */
  async function send(address) {
    const { segment } = methodNamed(name);
    const body = isEmail ? { email: address } : { phoneNumber: address };
    return sent(await page.api.client(`user-authenticators/${segment}`, body), address);
  }

  /**
   * Sends to a number as its owner writes it.
   * @param {string} number
   * @param {string} country
   */
  async function sendToPhone(number, country) {
    const reply = await page.api.page("phone", { verificationMethod: name, country, number });
    if (!reply.ok && reply.value?.field === "phoneNumber") {
      return { text: say("enroll.phone.incomplete"), isWrong: true };
    }
    return sent(reply, reply.value?.phoneNumber);
  }

  /**
   * @param {Answer} reply
   * @param {string} address
   */
  function sent(reply, address) {
    if (!reply.ok) return failedAnswer(page, reply);
    page.sentCodes.set(sentCodeKey("enrollment", name), { hint: address, sentAt: Date.now() });
    announce(say("code.sent"));
    askForSentCode(address);
    return undefined;
  }

  /** @param {string} hint */
  function askForSentCode(hint) {
    const form = codeForm({
      label: phrase("code.sentTo", { address: hint }),
      hint: say("code.sentHint"),
      submitLabel: say("common.setUp"),
      onSubmit: confirm,
    });
    step([
      methodHeading(name),
      form,
      resendButton(page, "enrollment", name),
      known === undefined ? linkButton(otherAddress, askForAddress) : undefined,
    ]);
    if (name === "SMS") void fillFromMessages(form);
  }

  const before = page.sentCodes.get(sentCodeKey("enrollment", name));
  if (before !== undefined) return askForSentCode(before.hint);

  if (known !== undefined) {
    const error = alertPlace();
    const { button } = busyButton({
      label: say("code.send"),
      busyLabel: say("common.sending"),
      onPress: async () => void (error.textContent = (await send(known))?.text ?? ""),
    });
    step([
      methodHeading(name),
      el("p", { class: "hint" }, ...phrase("code.willSendTo", { address: known })),
      error,
      button,
    ]);
    return;
  }
  askForAddress();

  function askForAddress() {
    step([methodHeading(name), isEmail ? emailForm() : phoneForm()]);
  }

  function emailForm() {
    return fieldForm({
      label: say("enroll.email.label"),
      hint: say("enroll.email.hint"),
      submitLabel: say("code.send"),
      input: { type: "email", dir: "ltr", autocomplete: "email", maxlength: "254", "data-focus": "" },
      read(text) {
        const address = text.trim();
        return /^[^\s@]+@[^\s@]+$/.test(address) ? address : undefined;
      },
      mistake: say("enroll.email.incomplete"),
      onSubmit: send,
    });
  }

  function phoneForm() {
    const { countries = [], preferred } = phones ?? {};
    const country = selectField({ label: say("enroll.phone.country"), choices: countries, chosen: preferred });
    return fieldForm({
      before: country.parts,
      label: say("enroll.phone.label"),
      submitLabel: say("code.send"),
      input: { type: "tel", dir: "ltr", autocomplete: "tel", maxlength: "32", "data-focus": "" },
      // What is a number where is for the server to know.
      read: (text) => (/\p{Nd}{3}/u.test(text.replaceAll(/[^\p{Nd}]/gu, "")) ? text : undefined),
      mistake: say("enroll.phone.incomplete"),
      onSubmit: (number) => sendToPhone(number, country.value()),
    });
  }
}
