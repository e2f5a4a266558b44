import { ConfigurationError } from "@require-action/core";

/** A method that has been decorated, and the guard that it must still have when the application starts. */
interface GuardedMethod {
  readonly target: object;
  readonly name: string | symbol;
  readonly guard: object;
}

/** Where Nest's `UseGuards` keeps a method's guards. */
const GUARDS_METADATA = "__guards__";

const guarded: GuardedMethod[] = [];

/** Remembers a decorated method until {@link assertStillGuarded}. */
export function noteGuarded(method: GuardedMethod): void {
  guarded.push(method);
}

/**
 * Throws a `ConfigurationError` if a decorator above `RequireAction` has replaced a method: Nest keeps guards with the function,
 * so the route would be open.
 */
export function assertStillGuarded(): void {
  for (const { target, name, guard } of guarded) {
    const method: unknown = Object.getOwnPropertyDescriptor(target, name)?.value;
    const guards: unknown = typeof method === "function" ? Reflect.getMetadata(GUARDS_METADATA, method) : undefined;
    if (Array.isArray(guards) && guards.includes(guard)) continue;
    throw new ConfigurationError(
      "RequireAction",
      `${target.constructor.name}.${String(name)} has lost its guard: put RequireAction above the decorator that replaces the method`,
    );
  }
}
