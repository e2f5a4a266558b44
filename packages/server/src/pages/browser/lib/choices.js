import { el } from "./dom.js";
import { icon } from "./icons.js";
import { methodNamed } from "./methods.js";
import { say } from "./language.js";

/**
 * A list of methods to pick from.
 * @param {readonly { method: string, hint: string | undefined, onPick: () => void }[]} choices
 * @returns {HTMLElement}
 */
export function choiceList(choices) {
  return el(
    "ul",
    { class: "choices" },
    ...choices.map(({ method, hint, onPick }) => {
      const { icon: name, label } = methodNamed(method);
      const text = el("span", {}, say(label), hint === undefined ? undefined : el("small", {}, el("bdi", {}, hint)));
      return el("li", {}, el("button", { type: "button", onclick: onPick }, icon(name), text, icon("chevron")));
    }),
  );
}

/**
 * The heading of what one method asks for.
 * @param {string} method
 * @returns {HTMLElement}
 */
export function methodHeading(method) {
  const { icon: name, label } = methodNamed(method);
  return el("h2", { tabindex: "-1" }, icon(name), say(label));
}
