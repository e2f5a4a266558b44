import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";

/**
 * Reads a stream as text, as `readText` does, by its events: to iterate over it makes a promise for each chunk and more for its
 * end. Of one that is too long nothing more is kept; one that breaks off rejects.
 */
export function readStream(stream: Readable, maxBytes: number, tooLong: () => Error): Promise<string> {
  return new Promise((resolve, reject) => {
    const kept: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) return void kept.push(chunk);
      // What else comes is let through, unlooked at: the connection is to have its answer.
      stream.off("data", take).resume();
      reject(tooLong());
    };
    /** Behind an end it means nothing, and to make an error costs as much as to read the body. */
    const breakOff = (): void => {
      if (!stream.readableEnded) reject(new Error("The request broke off."));
    };
    stream
      .on("data", take)
      .on("end", () => resolve((kept.length === 1 ? kept[0]! : Buffer.concat(kept)).toString("utf8")))
      .on("error", reject)
      .on("close", breakOff);
    if (stream.destroyed) breakOff();
  });
}
