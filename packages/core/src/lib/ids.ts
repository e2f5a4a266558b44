const MAX_ID_BYTES = 256;
/** No UTF-16 code unit takes more in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** What an action code looks like, as Authsignal has it. */
const ACTION_CODE: RegExp = /^[a-zA-Z0-9_-]{1,64}$/;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * True for an identifier that names one thing in every store: 1 to 256 UTF-8 bytes, well-formed Unicode, no control
 * characters. Ids are compared as they are: no case or Unicode folding, so ids that differ never meet.
 */
export function isId(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= MAX_ID_BYTES &&
    value.isWellFormed() &&
    !CONTROL_CHARACTER.test(value) &&
    (value.length * MAX_BYTES_PER_UNIT <= MAX_ID_BYTES || Buffer.byteLength(value) <= MAX_ID_BYTES)
  );
}

/** True for an action code: 1 to 64 of `a-z A-Z 0-9 _ -`. */
export function isActionCode(value: unknown): value is string {
  return typeof value === "string" && ACTION_CODE.test(value);
}
