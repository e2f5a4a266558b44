/** A media type in lower case and without parameters, from a `Content-Type`; empty where there is none. */
export function mediaTypeOf(contentType: string | null | undefined): string {
  // As nearly all are.
  if (contentType === "application/json") return contentType;
  return contentType?.split(";", 1)[0]!.trim().toLowerCase() ?? "";
}

/** With the letters of a subtype (RFC 6838 section 4.2) before its suffix. */
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json$/;

/** True for a media type, as {@link mediaTypeOf} has it, whose bodies are JSON: `application/json`, `application/vnd.bank+json`. */
export function isJsonType(type: string): boolean {
  return JSON_TYPE.test(type);
}
