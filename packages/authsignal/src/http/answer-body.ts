import type { HttpAnswer } from "./exchange.ts";
import { isErrorBody, unbelievable, unsuccessful } from "./failures.ts";
import { parseJson, readJson } from "./json-body.ts";

/**
 * The body of an answer that says that the call succeeded.
 * @throws ProviderError for any other, and for a body that is not plain JSON
 */
export function successBody(answer: HttpAnswer): unknown {
  if (answer.status !== 200 && answer.status !== 201) throw unsuccessful(answer);
  const parsed = parseJson(answer);
  if ("problem" in parsed) throw unbelievable(parsed.problem);
  return parsed.value;
}

/** True for a 404 of Authsignal's own: there is no such action. One of a proxy or a wrong `apiUrl` says nothing. */
export function isAbsence(answer: HttpAnswer): boolean {
  return answer.status === 404 && isErrorBody(readJson(answer));
}
