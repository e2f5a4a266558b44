/** With the letters of a subtype (RFC 6838 section 4.2) before its suffix. */
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json$/;

/** True for a media type, in lower case and without parameters, whose bodies are JSON: `application/json`, `application/vnd.bank+json`. */
export function isJsonType(type: string): boolean {
  return JSON_TYPE.test(type);
}
