import { type ActionOptions, ClaimRefused, createGuard, type Guard } from "@require-action/core";
import type { ApprovedBy, Awaitable, Bindable, Protection } from "@require-action/core/adapter";
import { memberOf, option } from "@require-action/core/options";
import { openRequest } from "../request/guard-request.ts";
import type { FetchAdapterOptions, FetchOptions, HandlerArguments, Platform } from "../request/platform.ts";

/** One guarded action: passes requests on to work, or answers them. */
interface Passage<Args extends HandlerArguments, Approved> {
  readonly protect: Protection<Args[0], Approved>;
  readonly pass: (args: Args, work: (approved: Approved) => Awaitable<Response>) => Promise<Response>;
}

export interface Adapter<Args extends HandlerArguments> {
  readonly guard: Guard<Args[0]>;
  declare<Fields extends Bindable<Fields> = never, When extends boolean = true, Observe extends boolean = false>(
    action: string,
    options?: ActionOptions<any, Fields, When, Observe>,
  ): Passage<Args, ApprovedBy<Fields, When, Observe>>;
}

const MEBIBYTE = 1_048_576;

/** Creates what the factories of all platforms build on. @throws ConfigurationError that names the option that is wrong */
export function createAdapter<Args extends HandlerArguments>(
  platform: Platform<Args>,
  given: FetchAdapterOptions<any>,
): Adapter<Args> {
  const own = {
    ...platform.own,
    clientAddress: option.callback,
    bodyLimit: option.whole({ least: 1, most: 1024 * MEBIBYTE, unit: "bytes" }),
  };
  const { user } = platform;
  const guard = createGuard<Args[0]>(given, { factory: "createRequireAction", own, ...(user && { user }) });
  const terms = {
    platform,
    clientAddress: memberOf(given, "clientAddress") as FetchOptions<Args[0]>["clientAddress"],
    bodyLimit: (memberOf(given, "bodyLimit") as number | undefined) ?? MEBIBYTE,
  };
  return {
    guard,
    declare(action, options) {
      const protect = guard.protect(action, options);
      const pass: Passage<Args, any>["pass"] = async (args, work) => {
        const { request, end } = await openRequest(terms, args);
        let response: Response | undefined;
        try {
          const verdict = await protect(request);
          if (verdict.kind === "reply") {
            const { status, headers, body } = verdict;
            response = end(new Response(body, { status, headers }));
          } else response = end(await work(protect.approved(args[0])));
        } catch (error) {
          if (!(error instanceof ClaimRefused)) throw error;
          response = end(error.getResponse());
        } finally {
          if (!response) end();
        }
        return response;
      };
      return { protect, pass };
    },
  };
}
