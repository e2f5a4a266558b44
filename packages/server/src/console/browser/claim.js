const RENEW_MS = 2 * 60_000;

/** Shows others who is looking at the case, for as long as its page is open and seen. */
export function claimCase() {
  const place = document.querySelector("[data-claim]");
  if (!(place instanceof HTMLElement)) return;
  const { claim: id = "", token = "" } = place.dataset;
  const form = (/** @type {string} */ claim) => new URLSearchParams({ case: id, claim, formToken: token });
  const claim = () => {
    if (document.visibilityState !== "visible") return;
    const body = form("claim");
    // Somebody else's claim stands, and holds nobody back.
    fetch("claim", { method: "POST", body, headers: { accept: "application/json" } }).catch(() => undefined);
  };
  claim();
  setInterval(claim, RENEW_MS);
  addEventListener("pagehide", () => void navigator.sendBeacon("claim", form("release")));
  addEventListener("pageshow", (event) => event.persisted && claim());
  for (const button of document.querySelectorAll(".claim button")) button.remove();
}
