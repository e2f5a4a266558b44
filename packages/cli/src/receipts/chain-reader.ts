import { must } from "./reasons.ts";
import { hashOf, isWithheld, type ReceiptLine, sha256, type WithheldLine } from "./receipt-line.ts";

const BEGINNING = sha256("require-action/receipts/1");

/** Follows the chain, line by line. */
interface ChainReader {
  /** Takes the next line. @throws Refused where it is not the one after the line before */
  place(line: ReceiptLine | WithheldLine): void;
  /** Ends a batch by its head, which was placed. @throws Refused for the head of another place */
  close(head: ReceiptLine): void;
  /** True where no lines come after the last head. */
  isClosed(): boolean;
}

/** @param isExcerpt whether entries may be withheld, and batches left out: at the beginning, and after a head */
export function createChainReader(isExcerpt: boolean): ChainReader {
  let previous = BEGINNING;
  let position = 0;
  let batch = 0;
  let isClosed = true;
  /** True where batches were left out before this one. */
  let isAfterGap = false;

  return {
    place(line) {
      must(isExcerpt || !isWithheld(line), "line_withheld");
      const isGap = isExcerpt && isClosed && line.position > position + 1;
      must(line.position === position + 1 || isGap, "position_wrong");
      must(line.previous === previous || isGap, "chain_broken");
      ({ position } = line);
      previous = hashOf(line);
      isClosed = false;
      isAfterGap ||= isGap;
    },
    close({ entry, previous: before }) {
      const isNext = entry["batch"] === batch + 1 || (isAfterGap && entry["batch"] > batch + 1);
      must(entry["position"] === position && entry["previous"] === before && isNext, "head_wrong");
      batch = entry["batch"] as number;
      isClosed = true;
      isAfterGap = false;
    },
    isClosed: () => isClosed,
  };
}
