// What tokens of Authsignal and of the engine say. Not verified, so that it proves nothing.

/**
 * The idempotency key that a token names. It tells the token of this challenge from a stray one, as nobody else knows the key.
 */
export function keyOf(token: string | undefined): string | undefined {
  const { other } = claimsOf(token);
  const key = (other as Claims | null | undefined)?.["idempotencyKey"];
  return typeof key === "string" ? key : undefined;
}

/** How many milliseconds a token is good for, from when it was issued; 0 where it does not say. */
export function lifetimeOf(token: string): number {
  const { iat, exp } = claimsOf(token);
  return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : 0;
}

type Claims = Readonly<Record<string, unknown>>;

function claimsOf(token = ""): Claims {
  try {
    const [, payload = ""] = token.split(".");
    return Object(JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))));
  } catch {
    return {};
  }
}
