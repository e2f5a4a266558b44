/** What the tests' tokens say. */
export interface TestToken {
  readonly id: string;
  readonly key?: string;
}

/** A token in the shape of Authsignal's and the engine's, unsigned: it names its action by the key, or is opaque. */
export function testToken({ id, key }: TestToken): string {
  if (key === undefined) return id;
  const payload = Buffer.from(JSON.stringify({ id, other: { idempotencyKey: key } })).toString("base64url");
  return `e30.${payload}.signature`;
}

/** Reads it back; a token that is no JWT is its own id. */
export function readTestToken(token: string): TestToken {
  const [, payload] = token.split(".");
  if (payload === undefined) return { id: token };
  const { id, other } = JSON.parse(Buffer.from(payload, "base64url").toString());
  return { id, key: other.idempotencyKey };
}
