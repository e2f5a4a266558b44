import { choiceList } from "../lib/choices.js";
import { linkButton } from "../lib/controls.js";
import { el } from "../lib/dom.js";
import { say } from "../lib/language.js";

/**
 * Where people find help, as it stands at the foot of the page; nothing where nobody has said so.
 * @returns {HTMLElement | undefined}
 */
export function supportLink() {
  const link = document.querySelector("#support")?.cloneNode(true);
  if (!(link instanceof Element)) return undefined;
  link.removeAttribute("id");
  return el("p", {}, link);
}

/**
 * What is left to somebody who cannot use a method any more.
 * @param {Parameters<typeof choiceList>[0]} others
 * @param {() => unknown} onBack
 * @returns {readonly (Node | undefined)[]}
 */
export function lostMethod(others, onBack) {
  const hasOthers = others.length > 0;
  return [
    el("h2", { tabindex: "-1" }, say("lost.link")),
    ...(hasOthers ? [el("p", { class: "hint" }, say("lost.others")), choiceList(others)] : []),
    el("p", {}, say(hasOthers ? "lost.othersFail" : "lost.none")),
    supportLink(),
    el("div", { class: "links" }, linkButton(say("common.goBack"), onBack)),
  ];
}
