import type { ActionOptions, Guard } from "@require-action/core";
import type { ApprovalReader, ApprovedBy, Awaitable, Bindable } from "@require-action/core/adapter";
import type { LambdaEvent, LambdaResult } from "./event.ts";
import type { Inline } from "../handler/guarded-handler.ts";

export type { LambdaEvent, LambdaResult };

/** One call of a function: what resolvers and handlers receive. */
export interface LambdaCall<Event extends LambdaEvent = LambdaEvent> {
  readonly event: Event;
  /** Lambda's own. */
  readonly context: unknown;
  /** The same request as the web has it; its body can be read as often as needed. */
  readonly request: Request;
}

/** A function behind its guard: `export const handler`. */
export type GuardedFunction<Event extends LambdaEvent, Approved> = ((
  event: Event,
  context?: unknown,
) => Promise<LambdaResult>) &
  ApprovalReader<LambdaCall<Event>, Approved>;

/** Guards functions. */
export interface RequireAction<Event extends LambdaEvent = LambdaEvent> extends Inline<LambdaCall<Event>> {
  /** Puts a guard in front of a function. Its options are checked now, by a `ConfigurationError` naming the option. */
  guarded<Fields extends Bindable<Fields> = never, When extends boolean = true, Observe extends boolean = false>(
    action: string,
    options: ActionOptions<LambdaCall<Event>, Fields, When, Observe>,
    handler: (approved: ApprovedBy<Fields, When, Observe>, call: LambdaCall<Event>) => Awaitable<Response>,
  ): GuardedFunction<Event, ApprovedBy<Fields, When, Observe>>;
  /** The guard behind the functions. */
  readonly guard: Guard<LambdaCall<Event>>;
}
