const MAX_ADDRESS_LENGTH = 254;

// One mailbox and nothing else: no list, no display name, no quoting, nothing that could end a header.
const ADDRESS = /^[^\s@,;:<>()[\]\\"]{1,64}@[^\s@,;:<>()[\]\\"]+\.[^\s@,;:<>()[\]\\".]+$/u;

/** True for one plain e-mail address. */
export function isEmailAddress(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= MAX_ADDRESS_LENGTH &&
    value.isWellFormed() &&
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    !/[\u0000-\u001f\u007f-\u009f]/.test(value) &&
    ADDRESS.test(value)
  );
}
