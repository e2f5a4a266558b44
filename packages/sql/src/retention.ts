/** How many calls there are between two sweeps. */
const EVERY = 64;
/** How many rows a sweep takes: more than are written meanwhile, and few enough to hold nobody up. */
export const SWEEP_ROWS = 128;
/** What has ended is left for this long, so that a process whose clock is ahead takes nothing from the others. */
export const SWEEP_MARGIN_MS: number = 60 * 60_000;

/**
 * Makes what is called after each write, and sweeps after every 64th: nothing runs in the background, and a table that is
 * written to never keeps more of what has ended than it had. A sweep that fails is made up for by the next.
 */
export function createSweeper<Argument>(sweep: (argument: Argument) => Promise<unknown>): (argument: Argument) => void {
  let calls = 0;
  let isSweeping = false;
  return (argument) => {
    if (++calls < EVERY || isSweeping) return;
    calls = 0;
    isSweeping = true;
    void sweep(argument)
      .catch(() => {})
      .finally(() => (isSweeping = false));
  };
}
