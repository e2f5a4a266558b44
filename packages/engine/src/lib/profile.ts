import { isId } from "@require-action/core/provider";
import { EngineError } from "./engine-error.ts";
import { parseLocale } from "./locale.ts";
import { parseMailbox } from "./mailbox.ts";
import { parsePhoneNumber } from "./phone-number.ts";

/** What the application says of its user, besides who that is. */
export type ProfileField = "email" | "phoneNumber" | "username" | "locale";

/** How each is read, and what a sentence says that it must be. */
export const profileFields: Readonly<
  Record<ProfileField, { readonly read: (given: unknown) => string | undefined; readonly expected: string }>
> = {
  email: {
    read: parseMailbox,
    expected: "one plain mailbox, as ann@bank.example, without quotes or invisible letters",
  },
  phoneNumber: {
    read: parsePhoneNumber,
    expected: "a telephone number with + and its country code, as +44 20 7946 0958",
  },
  username: {
    read: (given) => (isId(given) ? given : undefined),
    expected: "1 to 256 bytes without control characters",
  },
  locale: { read: parseLocale, expected: "a language tag, as pt-BR" },
};

/** @throws EngineError `request_invalid` that names the field and says what it must be, and never its value */
export function parseProfileField(name: ProfileField, given: unknown): string {
  const { read, expected } = profileFields[name];
  const value = read(given);
  if (value === undefined) throw unreadableField(name, expected);
  return value;
}

/** The refusal of a field that something needs. */
export function unreadableField(name: ProfileField, expected: string = profileFields[name].expected): EngineError {
  return new EngineError("request_invalid", `${name} must be ${expected}.`, { field: name });
}

/** True for what databases and forms hold where there is nothing. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
