/**
 * Reads a body as text. What arrives is counted, whatever length was declared, and nothing past the limit is kept.
 * @throws what `tooLong` makes, once more than `maxBytes` have come
 */
export async function readText(request: Request, maxBytes: number, tooLong: () => Error): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
