import { attachGuard } from "@require-action/core/adapter";
import type { FetchAdapterOptions } from "./request/platform.ts";
import * as lambda from "./lambda/event.ts";
import type { GuardedFunction, LambdaCall, LambdaEvent, LambdaResult, RequireAction } from "./lambda/function.ts";
import { requireActionOf } from "./handler/require-action.ts";

export type { GuardedFunction, LambdaCall, LambdaEvent, LambdaResult, RequireAction };

/** Options of {@link createRequireAction}: a guard's, where `user` is whom the gateway's authorizer has verified by default. */
export type LambdaGuardOptions<Event extends LambdaEvent = LambdaEvent> = FetchAdapterOptions<LambdaCall<Event>>;

/** Creates the `requireAction` of functions behind an API Gateway or a function's URL. The address is what the gateway states. */
export function createRequireAction<Event extends LambdaEvent>(
  options: LambdaGuardOptions<Event>,
): RequireAction<Event> {
  const requireAction = requireActionOf<[LambdaCall<Event>]>(
    {
      request: ({ request }) => request,
      user: ({ event }) => lambda.authorizedUser(event),
      address: ({ event }) => lambda.sourceAddress(event),
      known: ({ event, request }) => ({
        target: lambda.receivedPath(event),
        ...(event.body && !request.body && { body: { sent: true, read: true, value: lambda.bodyBytes(event) } }),
      }),
    },
    options,
  );
  const guarded = (action: string, own: object, handler: any): any => {
    const answer = requireAction.guarded(action, own, handler);
    const guardedFunction = async (event: Event, context?: unknown): Promise<LambdaResult> =>
      lambda.toResult(await answer({ event, context, request: lambda.toRequest(event) }), event);
    return attachGuard(answer, guardedFunction, true);
  };
  return Object.assign(requireAction.bind(undefined), { guarded, guard: requireAction.guard });
}
