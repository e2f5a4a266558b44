import type { Socket } from "node:net";

/** How the bytes of one direction are to pass just now. */
export type Passage =
  | { readonly kind: "through" }
  | { readonly kind: "late"; readonly ms: number }
  | { readonly kind: "held" }
  | { readonly kind: "trickle"; readonly bytes: number; readonly everyMs: number };

/** One direction of a connection. */
export interface Pipe {
  /** Looks at the passage again: it may have changed. */
  resume(): void;
  /** Forgets what is still to pass. */
  stop(): void;
}

/** What waits to pass; no bytes stand for the end. */
interface Waiting {
  readonly bytes: Buffer | undefined;
  readonly since: number;
}

/** Bytes that may wait before no more are read. */
const HIGH_WATER_BYTES = 256 * 1024;

/** Carries what `from` says to `to`, in order, as `passage` tells at each moment. */
export function createPipe(from: Socket, to: Socket, passage: () => Passage): Pipe {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  const later = (ms: number): void => void (timer ??= setTimeout(pump, ms));

  const pass = ({ bytes }: Waiting): void => {
    if (bytes === undefined) to.end();
    else if (!to.write(bytes)) from.pause();
  };

  function pump(): void {
    clearTimeout(timer);
    timer = undefined;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const now = passage();
      if (now.kind === "held") return;
      if (now.kind === "late") {
        const left = next.since + now.ms - performance.now();
        if (left > 0) return later(left);
      }
      waiting.shift();
      if (now.kind === "trickle" && next.bytes !== undefined) {
        const rest = next.bytes.subarray(now.bytes);
        if (rest.length > 0) waiting.unshift({ ...next, bytes: rest });
        pass({ ...next, bytes: next.bytes.subarray(0, now.bytes) });
        return later(now.everyMs);
      }
      pass(next);
    }
    if (!to.writableNeedDrain) from.resume();
  }

  const take = (bytes: Buffer | undefined): void => {
    waiting.push({ bytes, since: performance.now() });
    const size = waiting.reduce((sum, one) => sum + (one.bytes?.length ?? 0), 0);
    if (size > HIGH_WATER_BYTES) from.pause();
    // What trickles keeps its pace.
    if (timer === undefined) pump();
  };
  from.on("data", take).on("end", () => take(undefined));
  to.on("drain", pump);

  return {
    resume: pump,
    stop() {
      clearTimeout(timer);
      waiting = [];
    },
  };
}
