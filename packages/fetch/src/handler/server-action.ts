import { type ActionAttributes, ConfigurationError, type Guard } from "@require-action/core";
import { type ApprovedBy, type Awaitable, type Bindable, readDeviceId } from "@require-action/core/adapter";
import type { OffHttpOptions, RunResult } from "@require-action/core/off-http";
import type { FetchGuardOptions } from "./require-action.ts";

/** Options of a server action: those of a call off HTTP, and what its arguments bind. */
export interface ServerActionOptions<Args extends readonly unknown[], Fields> extends OffHttpOptions<false> {
  /** The fields that an approval is good for, of arguments that anybody may have sent: check them here. Or explicitly none. */
  readonly bind: "none" | ((...args: Args) => Awaitable<Fields>);
  /** Contact data and data points for the provider, of the same arguments. */
  readonly attributes?: (...args: Args) => Awaitable<ActionAttributes>;
}

/** What a server action answers: its value, or why it did not run. It is data, so that it reaches the browser as it is. */
export type ServerActionResult<Value> =
  { readonly kind: "done"; readonly value: Value } | Exclude<RunResult<Value>, { readonly kind: "done" }>;

/** A server action behind its guard: the approval first, then the arguments. */
export type GuardedServerAction<Args extends readonly unknown[], Value> = (
  token: string | undefined,
  ...args: Args
) => Promise<ServerActionResult<Value>>;

/** Puts a guard in front of a server action. Its options are checked now. */
export interface GuardServerAction {
  <Args extends readonly unknown[], Value, Fields extends Bindable<Fields>>(
    action: string,
    options: ServerActionOptions<Args, Fields>,
    handler: (approved: ApprovedBy<Fields>, ...args: Args) => Awaitable<Value>,
  ): GuardedServerAction<Args, Value>;
}

/** Guards server actions, which know their requests by `headers` alone. */
export function serverActionsOf(
  guard: Guard<Request>,
  { user, session, clientAddress, headers }: FetchGuardOptions & { readonly headers?: () => Awaitable<Headers> },
): GuardServerAction {
  return (action, given, handler) => {
    const { bind, attributes, ...options } = given ?? {};
    const declaration = `serverAction("${action}")`;
    if (bind !== "none" && typeof bind !== "function") {
      throw new ConfigurationError("bind", 'must be "none" or a function', declaration);
    }
    if (attributes !== undefined && typeof attributes !== "function") {
      throw new ConfigurationError("attributes", "must be a function", declaration);
    }
    if (!headers) {
      throw new ConfigurationError("headers", 'is required for server actions: the one of "next/headers"', declaration);
    }
    const guarded = guard.action(action, options);
    return async (token, ...args) => {
      const received = new Request("https://server-action.invalid/", { headers: await headers() });
      const header = (name: string): string | undefined => received.headers.get(name) ?? undefined;
      const call = {
        user: (await user(received)) as string | number | null | undefined,
        session: session && ((await session(received)) as string | null | undefined),
        bound: bind === "none" ? bind : (): any => bind(...(args as any)),
        attributes: attributes && ((): any => attributes(...(args as any))),
        token: typeof token === "string" ? token : undefined,
        clientContext: {
          ipAddress: clientAddress?.(received),
          userAgent: header("user-agent"),
          deviceId: readDeviceId(header("cookie")),
        },
      };
      const result = await guarded.run(call as any, (approved: any) => handler(approved, ...(args as any)));
      // React sends plain objects only, and bound fields have no prototype.
      return result.kind === "done" ? { kind: "done", value: result.value as any } : structuredClone(result);
    };
  };
}
