import { type ActionResponse, RepeatFailedError } from "@require-action/client";

/** Asks the user until the reply arrives, or the user gives up. */
export async function untilAnswered(
  call: Promise<ActionResponse>,
  askToRetry: () => Promise<boolean>,
): Promise<ActionResponse> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RepeatFailedError && (await askToRetry())) return untilAnswered(error.repeat(), askToRetry);
    throw error;
  }
}
