import type { Given, Operation } from "./operations.ts";
import type { Shape } from "./shapes.ts";

/** A request as an SDK sends it, below `/v1`. */
export interface SdkRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
}

/** One method of an SDK. */
export interface SdkMethod {
  /** As the SDK spells it. */
  readonly name: string;
  readonly request: (given: Given) => SdkRequest;
  /** What it declares of the answer. Without it, the answer is not read. */
  readonly answer?: Shape;
  /** The name on the wire of what it calls `action`. */
  readonly actionIs?: string;
  /** Why it does not work, where that is not for this server to mend. */
  readonly fault?: string;
  /** Why it works in the profile `authsignal` alone. */
  readonly strictFault?: string;
}

/** An SDK of Authsignal's as its code has it: read there, and written anew. */
export interface Sdk {
  readonly name: string;
  /** The release, or the commit where releases are not named in the code. */
  readonly version: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly methods: Readonly<Partial<Record<Operation, SdkMethod>>>;
  /** Reads an answer as its JSON library does. @throws TypeError where that throws */
  readonly read: (shape: Shape, json: unknown) => unknown;
  /** The member of an error that its exception takes the code from. */
  readonly errorCode: "error" | "errorCode";
  /** The answer, with its names as the SDK spells them. */
  readonly spell: (answer: unknown) => unknown;
  /** Faults of its own that show whatever it is used with. */
  readonly notes?: readonly string[];
  /** How it declares `data` of a webhook's event; absent where the SDK has no webhooks. */
  readonly webhookData?: Shape;
}

/** As it is. */
export function unchanged(value: unknown): unknown {
  return value;
}

/** `isEnrolled` as `is_enrolled`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Every name in snake case, at every depth. What is no plain record, as a matcher of a test, stays. */
export function withSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSnakeCase);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [snakeCase(name), withSnakeCase(one)]));
}
