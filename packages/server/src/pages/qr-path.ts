import { encode } from "uqr";

/** A QR code as the outline of its dark modules, for a path in a square view box of `size`. */
interface QrPath {
  readonly size: number;
  readonly path: string;
}

/** Draws a QR code, for a screen that hides nothing of it. It has no quiet zone: the page leaves one around it. */
export function qrPath(text: string): QrPath {
  const { data, size } = encode(text, { ecc: "L", border: 0 });
  const runs: string[] = [];
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < size; x++) {
      if (!row[x] || row[x - 1]) continue;
      const end = row.indexOf(false, x);
      const length = (end === -1 ? size : end) - x;
      runs.push(`M${x} ${y}h${length}v1h-${length}z`);
    }
  }
  return { size, path: runs.join("") };
}
