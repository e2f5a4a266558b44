import type { Server } from "node:http";
import type { ActionOptions, ApprovedAction, Guard, GuardOptions } from "@require-action/core";
import type { ApprovalReader, Awaitable } from "@require-action/core/adapter";
import type { ConformanceCase, OpenHarness } from "../suite/conformance-case.ts";

/** What a handler of the suite answers: JSON with status 200. */
export type HandlerBody = Readonly<Record<string, unknown>>;

/** What the adapter made of one of a route's guards: the middleware, hook or decorator itself. */
export type RouteGuard = ApprovalReader<any, ApprovedAction>;

/** A guarded route that the suite asks for. */
export interface ServedRoute {
  /** `all` answers every method. */
  readonly method: "get" | "post" | "all";
  /** Below the prefix, such as `/withdrawals`. */
  readonly path: string;
  /** In the order in which they stand before the handler; none for a route that is guarded nowhere. */
  readonly guards: readonly { readonly action: string; readonly options?: ActionOptions<any> }[];
  /** Runs as the framework's own handler; what it throws goes the framework's own way. Asks the route's guards, in order. */
  handle(native: object, guards: readonly RouteGuard[]): Awaitable<HandlerBody>;
}

/** An application that the suite asks for. */
export interface ServedApp {
  /** Goes to the adapter's factory as it is; `user` is left out where the adapter's default is meant. */
  readonly guard: Omit<GuardOptions<any>, "user"> & Partial<Pick<GuardOptions<any>, "user">>;
  /** A mount point or router prefix in front of each route, such as `/bank`. */
  readonly prefix: string;
  readonly routes: readonly ServedRoute[];
  /** Receives the guard behind the routes, as the adapter hands it on. */
  onGuard(guard: Guard<any>): void;
  /** Whether a JSON body parser stands before the guards, with room for 1 MiB, that keeps the text where the adapter looks for it. */
  readonly parseBody: boolean;
}

/**
 * An adapter under test. The served application signs in the user named by the header `x-test-user`, in the place where the
 * framework's habit keeps users.
 */
export interface AdapterHarness extends OpenHarness {
  /** Builds the application with the adapter under test; the suite makes it listen. */
  serve(app: ServedApp): Server | Promise<Server>;
  /** The parsed body of the framework's own request object. */
  bodyOf(native: any): any;
  /** The adapter's own accessors. */
  approvedAction(native: any, action?: string): ApprovedAction | undefined;
  /** The adapter's own assertion. */
  assertActionPassed(native: any, action: string): ApprovedAction;
}

/** One behaviour that every adapter has. */
export interface AdapterCase extends ConformanceCase<AdapterHarness> {
  /** The letter of the group that the case belongs to, from `a` to `p`. */
  readonly group: string;
}
