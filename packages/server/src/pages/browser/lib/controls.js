import { announce, el, untilLeft } from "./dom.js";
import { say } from "./language.js";

/** @import { Child } from "./dom.js" */

/**
 * A button for something that takes a while. While it does, the button keeps the focus and does nothing more.
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.busyLabel
 * @param {string} [options.class]
 * @param {"submit" | "button"} [options.type]
 * @param {() => Promise<unknown>} [options.onPress]
 */
export function busyButton({ label, busyLabel, class: className = "primary", type = "button", onPress }) {
  const text = el("span", {}, label);
  const button = el("button", { class: className, type }, text);
  let isBusy = false;

  /** @param {() => Promise<unknown>} act */
  async function run(act) {
    if (isBusy) return;
    isBusy = true;
    button.setAttribute("aria-disabled", "true");
    text.textContent = busyLabel;
    announce(busyLabel);
    try {
      await act();
    } finally {
      isBusy = false;
      button.removeAttribute("aria-disabled");
      text.textContent = label;
    }
  }

  if (onPress !== undefined) button.addEventListener("click", () => run(onPress));
  return { button, run };
}

/**
 * @param {string} label
 * @param {() => unknown} onPress
 */
export function linkButton(label, onPress) {
  return el("button", { class: "link", type: "button", onclick: onPress }, label);
}

/**
 * A button that copies a text.
 * @param {string} label
 * @param {() => string} text
 */
export function copyButton(label, text) {
  const button = linkButton(label, async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = say("common.copied");
      announce(say("common.copied"));
    } catch {
      // A frame may not be allowed to; the text is there to be selected.
      button.textContent = say("common.copyByHand");
    }
  });
  return button;
}

/** A place for what went wrong, which screen readers read out. It keeps its room, so that nothing moves. */
export function alertPlace() {
  return el("p", { class: "error", role: "alert" });
}

/**
 * What to say of an answer. One that could not be taken, for an outage as for too many of them, is not wrong by that.
 * @typedef {{ text: string, isWrong: boolean }} Refusal
 */

/**
 * A list to choose from, and its label.
 * @param {object} options
 * @param {string} options.label
 * @param {readonly (readonly [value: string, label: string])[]} options.choices
 * @param {string | undefined} options.chosen
 */
export function selectField({ label, choices, chosen }) {
  const select = el(
    "select",
    { id: "choice" },
    ...choices.map(([value, text]) => el("option", { value, selected: value === chosen }, text)),
  );
  return { parts: [el("label", { for: "choice" }, label), select], value: () => select.value };
}

/**
 * A form with one field.
 * @param {object} options
 * @param {readonly Node[]} [options.before] What is filled in first.
 * @param {string | readonly Child[]} options.label
 * @param {string | readonly Child[]} [options.hint]
 * @param {string} options.submitLabel
 * @param {Parameters<typeof el>[1]} options.input Attributes of the field, and listeners.
 * @param {(text: string) => string | undefined} options.read What was typed, cleaned; `undefined` when it cannot be right.
 * @param {string} options.mistake What to tell then.
 * @param {(value: string) => Promise<Refusal | undefined>} options.onSubmit Answers with what to tell, if it failed.
 */
export function fieldForm({ before = [], label, hint, submitLabel, input: attributes, read, mistake, onSubmit }) {
  const error = alertPlace();
  error.id = "error";
  const described = hint === undefined ? "error" : "hint error";
  const input = el("input", { id: "field", "aria-describedby": described, spellcheck: "false", ...attributes });
  const { button, run } = busyButton({ label: submitLabel, busyLabel: say("common.checking"), type: "submit" });

  /** @param {Refusal} refusal */
  function refuse({ text, isWrong }) {
    error.textContent = text;
    input.focus();
    if (!isWrong) return;
    input.setAttribute("aria-invalid", "true");
    input.select();
  }

  input.addEventListener("input", () => {
    error.textContent = "";
    input.removeAttribute("aria-invalid");
  });
  return el(
    "form",
    {
      novalidate: true,
      onsubmit(/** @type {SubmitEvent} */ event) {
        event.preventDefault();
        const value = read(input.value);
        if (value === undefined) return refuse({ text: mistake, isWrong: true });
        error.textContent = "";
        input.removeAttribute("aria-invalid");
        void run(async () => {
          const failure = await onSubmit(value);
          if (failure !== undefined) refuse(failure);
        });
      },
    },
    ...before,
    el("label", { for: "field" }, ...[label].flat()),
    hint === undefined ? undefined : el("p", { class: "hint", id: "hint" }, ...[hint].flat()),
    input,
    error,
    button,
  );
}

/**
 * The code in a text, such as the message that it came in: its only run of six digits, of whatever script.
 * @param {string} text
 * @returns {string | undefined}
 */
function codeIn(text) {
  const runs = text.replaceAll(/\p{Cf}/gu, "").match(/(?<!\p{Nd})\p{Nd}{3}[\s\p{Pd}]?\p{Nd}{3}(?!\p{Nd})/gu) ?? [];
  const [code, ...others] = new Set(runs.map((run) => run.replaceAll(/[\s\p{Pd}]/gu, "")));
  return others.length === 0 ? code : undefined;
}

/** For how long after a refusal the Enter key is meant for the code that was sent. */
const SLIP_MS = 1_000;

/**
 * What was typed, where it is a code of six digits. In the digits of any script: the server reads them.
 * @param {string} text
 * @returns {string | undefined}
 */
function codeOf(text) {
  const digits = text.replaceAll(/[\s\p{Pd}\p{Cf}]/gu, "");
  return /^\p{Nd}{6}$/u.test(digits) ? digits : undefined;
}

/**
 * The form for a code of six digits. It is sent with the last of them, typed, pasted or filled in, and each code once by itself:
 * one that was refused is sent again by the button alone.
 * @param {object} options
 * @param {string | readonly Child[]} options.label
 * @param {string} [options.hint]
 * @param {string} options.submitLabel
 * @param {boolean} [options.hasFocus] Whether typing is what comes next.
 * @param {(code: string) => Promise<Refusal | undefined>} options.onSubmit
 */
export function codeForm({ hasFocus = true, ...options }) {
  /** @type {string | undefined} */
  let sent;
  let refusedAt = -Infinity;

  /** @param {Event & { isComposing?: boolean }} event */
  function takeCode({ target, isComposing }) {
    // What a keyboard of East Asia still composes is not typed yet.
    if (!(target instanceof HTMLInputElement) || isComposing === true) return;
    const code = codeOf(target.value) ?? codeIn(target.value);
    if (code === undefined || code === sent) return;
    sent = code;
    target.value = code;
    target.form?.requestSubmit();
  }

  return fieldForm({
    ...options,
    async onSubmit(code) {
      const refusal = await options.onSubmit(code);
      if (refusal?.isWrong) refusedAt = performance.now();
      return refusal;
    },
    input: {
      class: "code",
      dir: "ltr",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      maxlength: "24",
      "data-focus": hasFocus,
      oninput: takeCode,
      oncompositionend: takeCode,
      onkeydown(/** @type {KeyboardEvent} */ event) {
        // Of whoever ends each code so: what has been sent by then is not guessed a second time.
        const isSlip = event.key === "Enter" && performance.now() - refusedAt < SLIP_MS;
        if (isSlip && event.target instanceof HTMLInputElement && event.target.value === sent) event.preventDefault();
      },
      onpaste(/** @type {ClipboardEvent} */ event) {
        const code = codeIn(event.clipboardData?.getData("text") ?? "");
        const field = event.target;
        if (code === undefined || !(field instanceof HTMLInputElement)) return;
        event.preventDefault();
        field.value = code;
        field.dispatchEvent(new Event("input"));
      },
    },
    read: codeOf,
    mistake: say("code.incomplete"),
  });
}

/**
 * Fills in the codes of text messages (WebOTP) for as long as this step is shown, where the browser reads those that name this origin and
 * its user agrees each time.
 * @param {HTMLFormElement} form Of {@link codeForm}.
 */
export async function fillFromMessages(form) {
  // A frame would have to be named by the message too, together with the page around it.
  if (!("OTPCredential" in window) || window.parent !== window) return;
  const signal = untilLeft();
  try {
    while (!signal.aborted) {
      const request = /** @type {CredentialRequestOptions} */ ({ otp: { transport: ["sms"] }, signal });
      const credential = /** @type {{ code?: string } | null} */ (await navigator.credentials.get(request));
      const field = form.querySelector("input");
      if (field === null || credential === null || signal.aborted) return;
      field.value = credential.code ?? "";
      field.dispatchEvent(new Event("input"));
    }
  } catch {
    // The user did not agree, or went on: the code can be typed.
  }
}
