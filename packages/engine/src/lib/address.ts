const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_PART_LENGTH = 64;

// One mailbox and nothing else: no list, no display name, no quoting, nothing that could end a header.
const ADDRESS = /^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\"]+\.[^\s@,;:<>()[\]\\".]+$/u;

/** True for one plain e-mail address. */
export function isEmailAddress(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= MAX_ADDRESS_LENGTH &&
    value.indexOf("@") <= MAX_LOCAL_PART_LENGTH &&
    value.isWellFormed() &&
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    !/[\u0000-\u001f\u007f-\u009f]/.test(value) &&
    ADDRESS.test(value)
  );
}

/** E.164: a plus sign, and 7 to 15 digits. */
const PHONE_NUMBER = /^\+[1-9]\d{6,14}$/;

/** True for a telephone number in E.164. */
export function isPhoneNumber(value: unknown): value is string {
  return typeof value === "string" && PHONE_NUMBER.test(value);
}
