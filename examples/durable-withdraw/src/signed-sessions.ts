import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Sessions } from "@require-action-examples/bank";

/** Creates sessions that any process can read: the cookie says who is signed in, under a signature. */
export function createSignedSessions(secret: string): Sessions {
  const sign = (text: string): string => createHmac("sha256", secret).update(text).digest("base64url");
  return {
    signIn(userId) {
      const id = `${randomBytes(16).toString("base64url")}.${userId}`;
      return `session=${id}.${sign(id)}; Path=/; HttpOnly; SameSite=Lax`;
    },
    find(cookie) {
      const [, id, userId, signature] = cookie?.match(/(?:^|;\s*)session=([\w-]+\.([a-z]+))\.([\w-]+)/) ?? [];
      if (id === undefined || userId === undefined || signature === undefined) return undefined;
      const expected = Buffer.from(sign(id));
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected) ? { id, userId } : undefined;
    },
  };
}
