import { element, ownAddress, rows, say } from "./dom.js";

/** After a failure, the wait before the next try: longer each time, and at most this. */
const LONGEST_WAIT_MS = 5 * 60_000;
const SHORTEST_WAIT_MS = 5_000;
/** A page that is not seen looks as often: a stream takes one of the six connections that browsers open to a server. */
const UNSEEN_WAIT_MS = 30_000;

/** Shows what happens to the queue elsewhere: how many are open and new, and who has decided what is on the page. */
export function showNews() {
  const place = document.querySelector("[data-news]");
  if (!(place instanceof HTMLElement) || !place.dataset["news"]) return;
  const cases = rows().map((row) => row.dataset["case"] ?? "");
  const address = `${place.dataset["news"]}&cases=${encodeURIComponent(cases.join(","))}`;
  const title = document.title;
  const link = element("a", { href: ownAddress(), class: "fresh" });
  let wait = SHORTEST_WAIT_MS;
  let known = 0;
  let hasEnded = false;
  /** @type {EventSource} */
  let source;
  /** @type {number | undefined} */
  let timer;

  listen();
  document.addEventListener("visibilitychange", () => {
    if (hasEnded) return;
    if (document.visibilityState !== "visible") pause(UNSEEN_WAIT_MS);
    else if (source.readyState === EventSource.CLOSED) listen();
  });

  /** @param {number} ms */
  function pause(ms) {
    source.close();
    clearTimeout(timer);
    timer = setTimeout(listen, ms);
  }

  function listen() {
    clearTimeout(timer);
    source = new EventSource(address);
    source.addEventListener("news", (event) => {
      wait = SHORTEST_WAIT_MS;
      show(JSON.parse(event.data));
      if (document.visibilityState !== "visible") pause(UNSEEN_WAIT_MS);
    });
    source.addEventListener("ended", () => {
      hasEnded = true;
      source.close();
      link.textContent = "Your session has ended: sign in on a new tab";
      link.setAttribute("target", "_blank");
      place?.append(" ", link);
    });
    source.addEventListener("error", () => {
      // A stream that has ended is opened again by the browser itself.
      if (source.readyState !== EventSource.CLOSED) return;
      pause(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    });
  }

  /** @param {{ open: string, fresh: number, decided: { id: string, text: string }[] }} news */
  function show({ open, fresh, decided }) {
    const count = document.querySelector('[data-count="open"]');
    if (count !== null) count.textContent = open;
    document.title = fresh === 0 ? title : `(${fresh}) ${title}`;
    if (fresh > 0) {
      link.textContent = `${fresh} new: show`;
      place?.append(" ", link);
      if (fresh > known) say(fresh === 1 ? "1 new review." : `${fresh} new reviews.`);
    } else link.remove();
    known = fresh;
    for (const { id, text } of decided) {
      const row = rows().find((one) => one.dataset["case"] === id);
      const form = row?.querySelector("form");
      // What was decided here says so itself.
      if (row === undefined || row.classList.contains("decided") || form?.querySelector(".held")) continue;
      row.classList.add("decided");
      for (const pick of row.querySelectorAll("input[type=checkbox]")) pick.remove();
      form?.replaceChildren(text);
    }
  }
}
