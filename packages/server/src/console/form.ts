import { EngineError } from "@require-action/engine";

const MAX_FORM_LENGTH = 16_384;

/** A form's fields; one that is sent twice is not there at all. */
export type Form = ReadonlyMap<string, string>;

/** Reads a posted form. @throws EngineError `request_invalid` for anything else */
export async function readForm(request: Request): Promise<Form> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") throw new EngineError("request_invalid", "A form is expected.");
  if (Number(request.headers.get("content-length") ?? 0) > MAX_FORM_LENGTH) throw tooLong();
  const text = await request.text();
  if (text.length > MAX_FORM_LENGTH) throw tooLong();
  const fields = new URLSearchParams(text);
  return new Map([...fields].filter(([name]) => fields.getAll(name).length === 1));
}

/** True unless the browser says that another site's page sent the request. */
export function isFromHere(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}

function tooLong(): EngineError {
  return new EngineError("request_invalid", "The form is too long.");
}
