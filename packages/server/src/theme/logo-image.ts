export const MAX_IMAGE_BYTES = 100_000;

/** A format of pictures, and the ending of its files. */
interface ImageType {
  readonly contentType: string;
  readonly ending: string;
}

/** What may stand before the root of an SVG: declarations, comments and blanks. */
const SVG = /^\uFEFF?(?:\s|<\?[^>]*\?>|<!--[^]*?-->|<!DOCTYPE[^>[]*>)*<svg[\s>/]/i;

/** The format of a picture by its first bytes; `undefined` for any other than those that the page shows. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const latin = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (latin.startsWith("\u0089PNG\r\n\u001A\n")) return { contentType: "image/png", ending: "png" };
  if (latin.startsWith("\u00FF\u00D8\u00FF")) return { contentType: "image/jpeg", ending: "jpg" };
  if (/^RIFF[^]{4}WEBP/.test(latin)) return { contentType: "image/webp", ending: "webp" };
  return SVG.test(Buffer.from(bytes).toString("utf8")) ? { contentType: "image/svg+xml", ending: "svg" } : undefined;
}
