import {
  type ActionProvider,
  type GetActionAnswer,
  ProviderError,
  type TrackAnswer,
  type ValidateChallengeAnswer,
} from "@require-action/core";

/** A plain provider over HTTP, for faults of a real server: it posts what it is asked to one address, and repeats nothing. */
export function createHttpProvider(origin: string): ActionProvider {
  async function ask<Answer>(verb: string, request: object, signal: AbortSignal): Promise<Answer> {
    let response: Response;
    let text: string;
    try {
      const body = JSON.stringify(request);
      response = await fetch(`${origin}/${verb}`, { method: "POST", body, signal, redirect: "error" });
      text = await response.text();
    } catch {
      throw new ProviderError("provider_unavailable", "no answer came");
    }
    if (!response.ok) throw refusalOf(response);
    try {
      return JSON.parse(text) as Answer;
    } catch {
      throw new ProviderError("provider_answer_invalid", "the answer is not JSON");
    }
  }
  return {
    name: "http",
    track: (request, { signal }) => ask<TrackAnswer>("track", request, signal),
    validateChallenge: (request, { signal }) => ask<ValidateChallengeAnswer>("validate", request, signal),
    getAction: (request, { signal }) => ask<GetActionAnswer | undefined>("action", request, signal),
  };
}

function refusalOf({ status, headers }: Response): ProviderError {
  const retryAfter = headers.get("retry-after");
  return new ProviderError(status === 429 ? "provider_busy" : "provider_unavailable", `the answer is ${status}`, {
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
  });
}
