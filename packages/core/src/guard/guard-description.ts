import type { ActionSettings } from "../settings/action-settings.ts";
import type { BindingKind } from "../binding/binding.ts";
import type { ApprovalReader } from "../outcome/approved-action.ts";
import type { ClaimedBy } from "../settings/guard-options.ts";

/** By this name in the registry that all copies of this package in a process share. */
const DESCRIPTION: unique symbol = Symbol.for("require-action.guard");

/** What a guard demands of a route, for tools that list routes. */
export interface GuardDescription {
  readonly action: string;
  readonly binding: BindingKind;
  /** True when approvals are tied to a session. */
  readonly hasSession: boolean;
  /** True when `when` decides about each request whether the action is required. */
  readonly isConditional: boolean;
  /** True when it stops nothing. */
  readonly observe: boolean;
  /** `provider` when another one decides then. */
  readonly onUnavailable: string;
  readonly onNotEnrolled: string;
  /** Who uses approvals up: the guard, or the handler in its own transaction. */
  readonly claim: ClaimedBy;
  /** Statuses for which an approval is given back, so that the handler may run again with it. */
  readonly releaseOn: readonly number[];
  /** Any when absent. */
  readonly verificationMethods: readonly string[] | undefined;
  /** Seconds. */
  readonly maxAge: number;
  /** True when the policy lets remembered devices stand in for some of its challenges, as of the declaration. */
  readonly remembersDevices: boolean;
  /** Hosts that its providers call by plain http, as an option of theirs allows. */
  readonly plainHttpHosts: readonly string[];
  /** Start-up checks that its ledger failed and that only warned. */
  readonly failedChecks: readonly string[];
  /** True for a method that is decorated: the handler is behind its own guard. */
  readonly isHandler: boolean;
}

/** Lets `guard` be known for one, by settled settings. */
export function described<Guard extends object>(settings: ActionSettings<any>, guard: Guard): Guard {
  return describe(guard, descriptionOf(settings));
}

/**
 * Makes the middleware that an adapter builds on `protect` known for that guard, and lets it read what the guard approves.
 * @param isHandler true where the middleware is the handler as well
 */
export function attachGuard<Middleware extends object, Reader extends ApprovalReader<any, any>>(
  protect: Reader,
  middleware: Middleware,
  isHandler = false,
): Middleware & Pick<Reader, "approved"> {
  const description = guardDescription(protect);
  if (description !== undefined) describe(middleware, Object.freeze({ ...description, isHandler }));
  return Object.assign(middleware, { approved: protect.approved });
}

/** What a middleware, hook or method demands, when it is a guard of any adapter; `undefined` for everything else. */
export function guardDescription(value: unknown): GuardDescription | undefined {
  if (typeof value !== "function") return undefined;
  return (value as { readonly [DESCRIPTION]?: GuardDescription })[DESCRIPTION];
}

function describe<Guard extends object>(guard: Guard, description: GuardDescription): Guard {
  return Object.defineProperty(guard, DESCRIPTION, { value: description });
}

function descriptionOf(settings: ActionSettings<any>): GuardDescription {
  const {
    action,
    bind,
    session,
    when,
    claim,
    observe,
    failsOpen,
    primary,
    fallback,
    onNotEnrolled,
    releaseOn,
    verificationMethods,
    maxAges,
    ledger,
  } = settings;
  return Object.freeze({
    action,
    binding: bind === undefined ? "request" : bind === "none" ? "none" : "fields",
    hasSession: session !== undefined,
    isConditional: when !== undefined,
    observe,
    onUnavailable: failsOpen ? "allow" : fallback ? "provider" : "deny",
    onNotEnrolled,
    claim,
    releaseOn: Object.freeze([...releaseOn]),
    verificationMethods: verificationMethods && Object.freeze(verificationMethods),
    maxAge: maxAges.challenge / 1000,
    remembersDevices:
      verificationMethods === undefined &&
      [primary, fallback].some((role) => role?.provider.remembersDevices?.(action) === true),
    plainHttpHosts: Object.freeze(
      [primary, fallback].map((role) => role?.provider.plainHttpHost).filter((host) => host !== undefined),
    ),
    failedChecks: Object.freeze([...(ledger.failedChecks ?? [])]),
    isHandler: false,
  });
}
