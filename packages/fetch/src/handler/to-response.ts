import { renderResult, type RunResult } from "@require-action/core/off-http";

/**
 * Turns a result of `guard.run` into the response that a guarded route would give: problem details, or 202 for a review. Of
 * work that was done, the value is sent: a `Response` as it is, nothing as 204, anything else as JSON.
 */
export function toResponse(result: RunResult<unknown, unknown>): Response {
  if (result.kind !== "done") {
    const { body, status, headers } = renderResult(result);
    return new Response(body, { status, headers });
  }
  const { value } = result;
  if (value instanceof Response) return value;
  return value === undefined ? new Response(null, { status: 204 }) : Response.json(value);
}
