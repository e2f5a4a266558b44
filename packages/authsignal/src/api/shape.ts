import { createNullProtoRecord } from "@require-action/core/options";
import { unbelievable } from "../http/failures.ts";

/** Reads a member that is there: `undefined` where it is wrong, and null where it says that nothing is there. */
export type Reader<T> = (value: {}) => T | null | undefined;

type Readers = Readonly<Record<string, Reader<unknown>>>;
type Read<Of> = Of extends Reader<infer T> ? T : never;

/** What a shape reads; Authsignal's null is an absence. */
export type Shaped<Required extends Readers, Optional extends Readers> = {
  -readonly [Name in keyof Required]: Read<Required[Name]>;
} & { -readonly [Name in keyof Optional]?: Read<Optional[Name]> };

/**
 * Describes an object by its members, and reads one into a record that inherits nothing, as nothing is read that it inherits.
 * Others are left out. Written out rather than a schema of valibot's, which takes five times as long.
 */
export function shape<const Required extends Readers, const Optional extends Readers>(
  required: Required,
  optional: Optional,
): (body: unknown) => Shaped<Required, Optional> {
  const members = [
    ...Object.entries<Reader<unknown>>(required).map(([name, read]) => ({ name, read, isRequired: true })),
    ...Object.entries<Reader<unknown>>(optional).map(([name, read]) => ({ name, read, isRequired: false })),
  ];
  return (body) => {
    if (!isObject(body)) throw unbelievable("wrong at its root");
    const present = createNullProtoRecord<unknown>();
    for (const { name, read, isRequired } of members) {
      const given = ownMember(body, name);
      const value = given === undefined || given === null ? null : read(given);
      // The name only: the message would repeat what was received.
      if (value === undefined || (value === null && isRequired)) throw unbelievable(`wrong at ${name}`);
      if (value !== null) present[name] = value;
    }
    return present as Shaped<Required, Optional>;
  };
}

/** What an object says of itself, and not what it inherits. */
export function ownMember(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name as never] : undefined;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
