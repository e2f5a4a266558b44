import type { ActionOptions, Guard } from "@require-action/core";
import type { ApprovalReader, ApprovedBy, Awaitable, Bindable } from "@require-action/core/adapter";
import type { HandlerArguments } from "../request/platform.ts";

/** A handler behind its guard. `approved(native)` reads what the guard approved, from anywhere. */
export type GuardedHandler<Args extends HandlerArguments, Approved> = ((...args: Args) => Promise<Response>) &
  ApprovalReader<Args[0], Approved>;

/** Guards a part of a handler. */
export interface Inline<Native extends object> {
  /**
   * Runs `work` with the approved action if the request passes, and resolves to its response; else to the guard's own.
   * @param rest what else the platform has given to the handler
   */
  <Fields extends Bindable<Fields> = never, When extends boolean = true, Observe extends boolean = false>(
    native: Native,
    action: string,
    options: ActionOptions<Native, Fields, When, Observe>,
    work: (approved: ApprovedBy<Fields, When, Observe>) => Awaitable<Response>,
    ...rest: unknown[]
  ): Promise<Response>;
}

/** Guards handlers of a platform whose requests are `Native`. */
export interface RequireAction<Native extends object = Request> extends Inline<Native> {
  /** Puts a guard in front of a handler. Its options are checked now, by a `ConfigurationError` naming the option. */
  guarded<
    Own extends Native,
    Rest extends unknown[],
    Fields extends Bindable<Fields> = never,
    When extends boolean = true,
    Observe extends boolean = false,
  >(
    action: string,
    options: ActionOptions<Own, Fields, When, Observe>,
    handler: (approved: ApprovedBy<Fields, When, Observe>, native: Own, ...rest: Rest) => Awaitable<Response>,
  ): GuardedHandler<[native: Own, ...rest: Rest], ApprovedBy<Fields, When, Observe>>;
  /** The guard behind the handlers. */
  readonly guard: Guard<Native>;
}
