export const MAX_IMAGE_BYTES = 100_000;

/** A format of pictures, and the ending of its files. */
interface ImageType {
  readonly contentType: string;
  readonly ending: string;
}

/** What may stand before the root of an SVG, by how it begins and ends. */
const PROLOGUE = [
  ["<?", "?>"],
  ["<!--", "-->"],
  ["<!DOCTYPE", ">"],
] as const;

/** True where the first element is the root of an SVG. A document type with declarations of its own is none that we take. */
function isSvg(text: string): boolean {
  let rest = text.trimStart();
  for (;;) {
    const found = PROLOGUE.find(([begin]) => rest.slice(0, begin.length).toUpperCase() === begin);
    if (found === undefined) return /^<svg[\s>/]/i.test(rest);
    const [begin, end] = found;
    const length = rest.indexOf(end, begin.length);
    if (length === -1 || (end === ">" && rest.slice(0, length).includes("["))) return false;
    // Blanks, and the mark that some editors begin a file with, are trimmed alike.
    rest = rest.slice(length + end.length).trimStart();
  }
}

/** The format of a picture by its first bytes; `undefined` for any other than those that the page shows. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const latin = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (latin.startsWith("\u0089PNG\r\n\u001A\n")) return { contentType: "image/png", ending: "png" };
  if (latin.startsWith("\u00FF\u00D8\u00FF")) return { contentType: "image/jpeg", ending: "jpg" };
  if (/^RIFF[^]{4}WEBP/.test(latin)) return { contentType: "image/webp", ending: "webp" };
  return isSvg(Buffer.from(bytes).toString("utf8")) ? { contentType: "image/svg+xml", ending: "svg" } : undefined;
}
