import { EngineError } from "@require-action/engine";

const MAX_FORM_BYTES = 16_384;

/** A form's fields; one that is sent twice is not there at all. */
export type Form = ReadonlyMap<string, string>;

/** Reads a posted form. @throws EngineError `request_invalid` for anything else */
export async function readForm(request: Request): Promise<Form> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") throw new EngineError("request_invalid", "A form is expected.");
  const form = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [name, value] of new URLSearchParams(await readText(request))) {
    if (form.has(name)) repeated.add(name);
    form.set(name, value);
  }
  for (const name of repeated) form.delete(name);
  return form;
}

/** Counts what arrives, whatever length was declared. */
async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_FORM_BYTES) throw new EngineError("request_invalid", "The form is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** True unless the browser says that another site's page sent the request. */
export function isFromHere(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}
