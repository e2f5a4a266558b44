import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@require-action/core";
import { option } from "@require-action/core/options";
import { networkOf } from "@require-action/engine/server";
import type { Exchange } from "../http/exchange.ts";
import { errorReply } from "../http/reply.ts";

const MIN_SECRET_LENGTH = 16;
const DIGEST_BYTES = 32;

/** The schema of `apiSecrets`. */
export const apiSecretsSchema: ReturnType<typeof option.listOf> = option.listOf(
  option.setting(
    // A colon would end the user name of HTTP Basic (RFC 7617 section 2).
    (value) => typeof value === "string" && value.length >= MIN_SECRET_LENGTH && /^[\x21-\x39\x3b-\x7e]+$/.test(value),
    `must be visible ASCII without spaces or colons, at least ${MIN_SECRET_LENGTH} characters`,
  ),
  { least: 1, of: "secrets" },
);

/** A request came with a wrong API secret. */
export interface ServerEvent {
  readonly type: "api_secret.refused";
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The other end of the connection, which is a proxy's where there is one: an IPv4 address or an IPv6 /64. */
  readonly address: string | undefined;
  /** Wrong secrets from that address within five minutes, this one included. */
  readonly wrong: number;
  /** True from the 51st on, which is answered 429. */
  readonly limited: boolean;
}

/** What tells a caller. */
type Caller = Pick<Exchange, "header" | "incoming">;

/** Recognises callers of the Server API. */
export interface ApiSecrets {
  /** `undefined` for a request that carries one of the secrets; otherwise its answer, 401 or 429. */
  refusalOf(caller: Caller): Response | undefined;
}

/**
 * Recognises callers by HTTP Basic, the secret as user name, no password. Every secret is compared, by digests of equal
 * length, so that the time says nothing. Wrong ones are counted by address, and answered 429 above the limit. A right one
 * passes whatever was counted, so nobody locks another out.
 * @see https://www.rfc-editor.org/rfc/rfc7617#section-2
 */
export function createApiSecrets(
  apiSecrets: readonly string[],
  clock: Clock,
  onEvent: (event: ServerEvent) => void = () => undefined,
): ApiSecrets {
  // Nobody sees a digest, so that it needs no more than to be as long as all others.
  const salt = randomBytes(32).toString("hex");
  // Written into one buffer, as node takes longer to make one for each digest than to hash.
  const given = Buffer.alloc(DIGEST_BYTES);
  const digest = (text: string): Buffer => {
    given.write(hash("sha256", salt + text, "binary"), "latin1");
    return given;
  };
  const expected = apiSecrets.map((secret) => Buffer.from(digest(secret)));
  /** As clients write them: a header that is one of these needs not be taken apart. */
  const expectedHeaders = apiSecrets.map((secret) =>
    Buffer.from(digest(`Basic ${Buffer.from(`${secret}:`).toString("base64")}`)),
  );
  const wrongSecrets = createWrongSecrets(clock);

  function isAmong(digests: readonly Buffer[], text: string): boolean {
    digest(text);
    let found = false;
    for (const one of digests) if (timingSafeEqual(one, given)) found = true;
    return found;
  }

  function emit(event: ServerEvent): void {
    try {
      onEvent(event);
    } catch {
      // What a listener throws changes no answer.
    }
  }

  return {
    refusalOf(caller) {
      const header = caller.header("authorization") ?? "";
      if (isAmong(expectedHeaders, header)) return undefined;
      const secret = userNameIn(header);
      if (isAmong(expected, secret ?? "")) return undefined;
      // Nothing was guessed.
      if (secret === undefined) return unauthorized();
      const address = addressOf(caller);
      const { wrong, retryAfterSeconds } = wrongSecrets.count(address ?? "");
      const limited = wrong > MAX_WRONG_SECRETS;
      emit({ type: "api_secret.refused", at: clock.now(), address, wrong, limited });
      return limited ? tooMany(retryAfterSeconds) : unauthorized();
    },
  };
}

function userNameIn(header: string): string | undefined {
  const [, credentials] = /^basic +([a-z0-9+/]{1,4096}={0,2})$/i.exec(header) ?? [];
  if (credentials === undefined) return undefined;
  const text = Buffer.from(credentials, "base64").toString("latin1");
  return text.endsWith(":") ? text.slice(0, -1) : undefined;
}

function addressOf({ incoming }: Caller): string | undefined {
  const address = incoming?.socket?.remoteAddress;
  return address === undefined ? undefined : networkOf(address);
}

function unauthorized(): Response {
  // Word for word what Authsignal answers: its clients compare it.
  const description =
    "The request is unauthorized. Check that your API key and region base URL are correctly configured.";
  return errorReply(401, "unauthorized", description, { "www-authenticate": 'Basic realm="require-action"' });
}

function tooMany(retryAfterSeconds: number): Response {
  return errorReply(429, "too_many_requests", "Too many wrong API secrets came from this address.", {
    "retry-after": String(retryAfterSeconds),
  });
}

/** How many wrong secrets an address may send within a window before it is answered 429. */
export const MAX_WRONG_SECRETS = 50;
const WINDOW_MS = 5 * 60_000;
/** Some 1 MB. The oldest window makes room for a new one. */
const MAX_ADDRESSES = 10_000;

/** Wrong secrets by address, in the process's memory. */
interface WrongSecrets {
  /** Counts one more. */
  count(address: string): { readonly wrong: number; readonly retryAfterSeconds: number };
}

/** Counts in windows of five minutes, each from its first wrong secret on. */
function createWrongSecrets(clock: Clock): WrongSecrets {
  // In the order in which windows began.
  const windows = new Map<string, { wrong: number; readonly since: number }>();

  return {
    count(address) {
      const now = clock.now();
      const known = windows.get(address);
      const isOpen = known !== undefined && now >= known.since && now - known.since < WINDOW_MS;
      const window = isOpen ? known : { wrong: 0, since: now };
      if (!isOpen) {
        windows.delete(address);
        windows.set(address, window);
      }
      window.wrong += 1;
      const [oldest] = windows.keys();
      if (windows.size > MAX_ADDRESSES && oldest !== undefined) windows.delete(oldest);
      return {
        wrong: window.wrong,
        retryAfterSeconds: Math.max(1, Math.ceil((window.since + WINDOW_MS - now) / 1000)),
      };
    },
  };
}
