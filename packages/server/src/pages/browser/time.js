const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * When something can be tried again: `at 14:05, in 12 minutes`.
 * @param {number} at
 * @returns {string}
 */
export function waitText(at) {
  const left = Math.max(0, at - Date.now());
  if (left < MINUTE) return `in ${counted(Math.ceil(left / SECOND), "second")}`;
  const clock = new Date(at).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  return `at ${clock}, in ${counted(Math.ceil(left / MINUTE), "minute")}`;
}

/**
 * Runs `tick` each second until `at`, and `done` then; or stops when `isOver` says so. Told by the clock, since timers
 * stand still while a device sleeps.
 * @param {number} at
 * @param {{ tick?: () => void, done: () => void, isOver: () => boolean }} steps
 */
export function countDown(at, { tick, done, isOver }) {
  const timer = setInterval(() => {
    if (isOver()) return clearInterval(timer);
    if (Date.now() < at) return tick?.();
    clearInterval(timer);
    done();
  }, SECOND);
}

/**
 * @param {number} count
 * @param {string} unit
 */
function counted(count, unit) {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/**
 * The day of a time, as this browser writes it.
 * @param {number} at
 */
export function dateText(at) {
  return new Date(at).toLocaleDateString([], { dateStyle: "medium" });
}
