import { timeUntil } from "./language.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * When something can be tried again: `in 12 minutes`.
 * @param {number} at
 * @returns {string}
 */
export function waitText(at) {
  const left = Math.max(0, at - Date.now());
  return left < MINUTE ? timeUntil(Math.ceil(left / SECOND), "second") : timeUntil(Math.ceil(left / MINUTE), "minute");
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
