import { drawing } from "./dom.js";

/** Outlines on a grid of 24, drawn for this page. */
const paths = {
  key: "M7.5 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Zm5 5H22m-2.5 0v4m-4-4v3",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm3 15h2",
  mail: "M4 6h16v12H4Zm0 1 8 6 8-6",
  message: "M4 5h16v11h-8l-4 4v-4H4Zm4 5.5h.01m3.99 0h.01m3.99 0h.01",
  codes: "M6 3h12v18H6Zm3 5h6m-6 4h6m-6 4h3",
  check: "m5 12.5 4.5 4.5L19 7.5",
  alert: "M12 6v7m0 4h.01",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 4v5l3 2",
  offline: "M3 9a13 13 0 0 1 18 0M6 12.5a8.5 8.5 0 0 1 12 0M9 16a4.2 4.2 0 0 1 6 0m-3 3h.01M5 4l14 16",
  chevron: "m9 6 6 6-6 6",
};

/**
 * @param {keyof typeof paths} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  return drawing({ viewBox: "0 0 24 24", path: paths[name], class: "icon", "aria-hidden": "true" });
}
