import type * as crypto from "node:crypto";

/**
 * What stands in for `node:crypto` by `vi.mock`, in files that have a process to themselves: a password's own cost is 300 ms of work
 * for each sign-in, which console-browser.full.test.ts pays.
 */
export async function withCheapScrypt(original: () => Promise<typeof crypto>): Promise<typeof crypto> {
  const actual = await original();
  const scrypt: typeof crypto.scrypt = (password, salt, length, options, done?) =>
    actual.scrypt(password, salt, length, { ...options, N: 1024 }, done as never);
  return { ...actual, scrypt };
}
