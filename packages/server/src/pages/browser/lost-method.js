import { choiceList } from "./choices.js";
import { linkButton } from "./controls.js";
import { el } from "./dom.js";

/** @import { Page } from "./page.js" */

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
 * @param {Page} page
 * @param {Parameters<typeof choiceList>[0]} others
 * @param {() => unknown} onBack
 * @returns {readonly (Node | undefined)[]}
 */
export function lostMethod(page, others, onBack) {
  const hasOthers = others.length > 0;
  return [
    el("h2", { tabindex: "-1" }, "Lost access to this method?"),
    ...(hasOthers ? [el("p", { class: "hint" }, "Approve in one of these ways."), choiceList(others)] : []),
    el(
      "p",
      {},
      hasOthers
        ? `If none of them works, ask ${page.appName} for help. They can set up another way with you.`
        : `You have set up no other way. Ask ${page.appName} for help: they can set up another way with you.`,
    ),
    supportLink(),
    el("div", { class: "links" }, linkButton("Go back", onBack)),
  ];
}
