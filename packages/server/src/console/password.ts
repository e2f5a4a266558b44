import { randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { isEqual } from "@require-action/engine/server";

// OWASP's recommendation for scrypt: N = 2^17, r = 8, p = 1.
const COST = { N: 131_072, r: 8, p: 1, maxmem: 160 * 1024 * 1024 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MAX_PASSWORD_LENGTH = 1024;
const FORMAT = /^scrypt-131072-8-1\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;

const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt);

/**
 * Hashes a reviewer's password for {@link ConsoleOptions}, in some 300 ms.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, COST);
  return `scrypt-${COST.N}-${COST.r}-${COST.p}$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

/** True for what {@link hashPassword} made. */
export function isPasswordHash(value: unknown): value is string {
  return typeof value === "string" && FORMAT.test(value);
}

/** True when the password is the one that was hashed. Without a hash it takes the same time, and is false. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = "", expected = ""] = FORMAT.exec(hash ?? "") ?? [];
  const actual = await derive(password.slice(0, MAX_PASSWORD_LENGTH), Buffer.from(salt, "base64url"), HASH_BYTES, COST);
  const wanted = Buffer.from(expected, "base64url");
  return isEqual(wanted, actual);
}
