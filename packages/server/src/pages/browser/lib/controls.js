import { announce, el } from "./dom.js";
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
 * A form with one field.
 * @param {object} options
 * @param {string | readonly Child[]} options.label
 * @param {string | readonly Child[]} [options.hint]
 * @param {string} options.submitLabel
 * @param {Parameters<typeof el>[1]} options.input Attributes of the field, and listeners.
 * @param {(text: string) => string | undefined} options.read What was typed, cleaned; `undefined` when it cannot be right.
 * @param {string} options.mistake What to tell then.
 * @param {(value: string) => Promise<Refusal | undefined>} options.onSubmit Answers with what to tell, if it failed.
 */
export function fieldForm({ label, hint, submitLabel, input: attributes, read, mistake, onSubmit }) {
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

/**
 * The form for a code of six digits.
 * @param {object} options
 * @param {string | readonly Child[]} options.label
 * @param {string} [options.hint]
 * @param {string} options.submitLabel
 * @param {boolean} [options.hasFocus] Whether typing is what comes next.
 * @param {(code: string) => Promise<Refusal | undefined>} options.onSubmit
 */
export function codeForm({ hasFocus = true, ...options }) {
  return fieldForm({
    ...options,
    input: {
      class: "code",
      dir: "ltr",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      maxlength: "24",
      "data-focus": hasFocus,
      onpaste(/** @type {ClipboardEvent} */ event) {
        const code = codeIn(event.clipboardData?.getData("text") ?? "");
        const field = event.target;
        if (code === undefined || !(field instanceof HTMLInputElement)) return;
        event.preventDefault();
        field.value = code;
        field.dispatchEvent(new Event("input"));
      },
    },
    read(text) {
      // In the digits of any script: the server reads them.
      const digits = text.replaceAll(/[\s\p{Pd}\p{Cf}]/gu, "");
      return /^\p{Nd}{6}$/u.test(digits) ? digits : undefined;
    },
    mistake: say("code.incomplete"),
  });
}
