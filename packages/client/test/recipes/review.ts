import { type ActionResponse, waitForReview } from "@require-action/client";

export async function afterReview(response: ActionResponse, signal: AbortSignal): Promise<Response> {
  return response.review ? waitForReview(response.review, { signal }) : response;
}
