import type { Engine } from "@require-action/engine";

/** Of all processes one counts each 30 seconds: whichever looks first. */
const LOOK_MS = 15_000;

/**
 * Has figures counted for as long as the process runs, and holds it back from ending for none of it. A store that is out of reach is
 * asked again; what could not be counted is counted with the next.
 * @returns what stops it
 */
export function keepCounting({ figures }: Pick<Engine, "figures">): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function look(): Promise<void> {
    try {
      await figures.count();
    } catch {}
    schedule();
  }
  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => void look(), LOOK_MS);
    timer.unref();
  }

  schedule();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
