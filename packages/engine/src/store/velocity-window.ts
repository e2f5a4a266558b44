/** A window is counted in this many parts: what leaves it leaves part by part, never before its time. */
const PARTS = 12;

/** The part of time that `now` falls in. A store adds to this one. */
export function velocityPart(now: number, windowMs: number): number {
  return Math.floor(now / partMs(windowMs));
}

/** The oldest part that still reaches into the window. A store sums from this one on, and may forget those before. */
export function oldestVelocityPart(now: number, windowMs: number): number {
  return Math.floor((now - windowMs) / partMs(windowMs));
}

function partMs(windowMs: number): number {
  return Math.ceil(windowMs / PARTS);
}
