import { mediaTypeOf } from "@require-action/core/adapter";
import { EngineError } from "@require-action/engine";
import { readText } from "./exchange.ts";

const MAX_FORM_BYTES = 16_384;

/** A form's fields; one that is sent twice is not there at all. */
export type Form = ReadonlyMap<string, string>;

/** Reads a posted form. @throws EngineError `request_invalid` for anything else */
export async function readForm(request: Request): Promise<Form> {
  if (mediaTypeOf(request.headers.get("content-type")) !== "application/x-www-form-urlencoded")
    throw new EngineError("request_invalid", "A form is expected.");
  const form = new Map<string, string>();
  const repeated = new Set<string>();
  const text = await readText(request.body ?? [], MAX_FORM_BYTES, tooLong);
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) repeated.add(name);
    // A line ends by two characters on the way, and by one where a field counts them.
    form.set(name, value.replaceAll("\r\n", "\n"));
  }
  for (const name of repeated) form.delete(name);
  return form;
}

function tooLong(): EngineError {
  return new EngineError("request_invalid", "The form is too long.");
}

/** True unless the browser says that another site's page sent the request. */
export function isFromHere(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}
