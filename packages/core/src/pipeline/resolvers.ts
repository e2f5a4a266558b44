import { createHash } from "node:crypto";
import { bareOptions, memberOf } from "../lib/own-members.ts";
import type { ActionSettings } from "../settings/action-settings.ts";
import { parseAttributes, type PresentAttributes } from "../settings/attributes.ts";
import { type Binding, bindFields, bindNothing, bindRequest, isUnparsed, unparsed } from "../binding/binding.ts";
import { assertUnambiguousBody } from "../binding/unambiguous-body.ts";
import { withDeadline, DeadlineExceeded } from "../lib/deadline.ts";
import { readDeviceId } from "../lib/device-cookie.ts";
import { ConfigurationError, RequireActionError } from "../reply/errors.ts";
import type { ClientContext } from "../settings/guard-options.ts";
import type { GuardRequest } from "../request/guard-request.ts";
import { type Awaitable, orElse, whenSettled } from "../lib/awaitable.ts";
import { isId } from "../lib/ids.ts";
import type { TrackAttributes } from "../provider/provider.ts";
import { parseRedirectUrl } from "../lib/web-url.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";

type Deadlined = Pick<ActionSettings<object>, "decisionDeadlineMs">;

const MAX_USER_AGENT = 1_024;
const MAX_CUSTOM_LENGTH = 16_384;

/** The signed-in user's id. Refuses with 401 when there is none, 400 when it cannot be used. */
export function resolveUser<Native extends object>(
  settings: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
): Awaitable<string> {
  const answer = resolve<unknown>(settings, "user", () => settings.user(native));
  return whenSettled(answer, (resolved) => read("user", () => userIdOf(settings, resolved)));
}

function userIdOf(settings: Pick<ActionSettings<object>, "action" | "profile">, resolved: unknown): string {
  if (resolved === undefined || resolved === null || resolved === "") {
    throw refuseStranger(settings, "the user resolver returned no user");
  }
  const id = idOf(settings, "user", resolved);
  if (!isId(id)) throw invalidId("user");
  return id;
}

/** The session to tie approvals to, when configured; a session that is configured and missing counts as not signed in. */
export function resolveSession<Native extends object>(
  settings: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
): Awaitable<string | undefined> {
  const { session } = settings;
  if (!session) return undefined;
  const answer = resolve<unknown>(settings, "session", () => session(native));
  return whenSettled(answer, (resolved) => read("session", () => sessionOf(settings, resolved)));
}

/** What is longer than an id, as a JWT that is the session itself, is known by its digest. */
function sessionOf(settings: Pick<ActionSettings<object>, "action" | "profile">, resolved: unknown): string {
  if (resolved === undefined || resolved === null || resolved === "") {
    throw refuseStranger(settings, "the session resolver returned no session");
  }
  const id = idOf(settings, "session", resolved);
  if (id === "" || !id.isWellFormed()) throw invalidId("session");
  const isPlain: boolean = isId(id);
  return isPlain ? id : createHash("sha256").update(id).digest("base64url");
}

function invalidId(name: "user" | "session"): Refusal {
  return new Refusal("user_id_invalid", `the ${name} resolver returned an invalid id`);
}

/**
 * Reads an id as databases hand it over: a text, a whole number, or an object that writes itself in hexadecimal, as MongoDB's
 * ObjectId does. Anything else is a mistake in the resolver: as text, all objects would be one user.
 */
function idOf({ action }: Pick<ActionSettings<object>, "action">, name: "user" | "session", resolved: unknown): string {
  const id = textOf(resolved);
  if (id === undefined) {
    throw new ConfigurationError(
      name,
      "must return a string, a whole number or an object with toHexString(), as ObjectId; return the id rather than what has it",
      `requireAction("${action}")`,
    );
  }
  return id;
}

function textOf(resolved: unknown): string | undefined {
  if (typeof resolved === "string") return resolved;
  if (typeof resolved === "bigint" || Number.isSafeInteger(resolved)) return String(resolved);
  const toHexString = memberOf(resolved, "toHexString");
  if (typeof toHexString !== "function") return undefined;
  const hex: unknown = toHexString.call(resolved);
  return typeof hex === "string" ? hex : undefined;
}

/** A 401 names a scheme (RFC 9110 section 11.6.1) where the profile knows one; how a browser's user signs in is the application's. */
function refuseStranger({ profile }: Pick<ActionSettings<object>, "profile">, reason: string): Refusal {
  const headers = profile === "rfc9470" ? { "www-authenticate": "Bearer" } : {};
  return new Refusal("authentication_required", reason, {}, { headers });
}

/** True when the action is required for this request. */
export function resolveWhen<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Awaitable<boolean> {
  const { when } = settings;
  if (!when) return true;
  return whenSettled(resolveFromRequest<Native, unknown>(settings, "when", request, when), (required) => {
    if (typeof required !== "boolean") throw wrongType("when", "a boolean");
    return required;
  });
}

/** What an approval of this request is good for. */
export function resolveBinding<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Awaitable<Binding> {
  const { bind } = settings;
  if (bind === "none") return bindNothing();
  if (bind === undefined) {
    const binding = bindRequest(request);
    // A text is bound as it is, and has no names.
    return isExact(request.body) ? binding : whenSettled(assertUnambiguousBody(request), () => binding);
  }
  const declared = resolveFromRequest<Native, unknown>(settings, "bind", request, bind);
  return whenSettled(declared, (fields) => {
    const binding = read("bind", () => bindFields(fields, request.body));
    return whenSettled(assertUnambiguousBody(request), () => binding);
  });
}

function isExact({ value }: GuardRequest<object>["body"]): boolean {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** What `track` receives about this request, but for its key. */
export interface ResolvedAttributes {
  readonly declared: PresentAttributes;
  readonly client: ClientContext;
  readonly redirectUrl: string | undefined;
  readonly custom: TrackAttributes["custom"];
}

/** Resolves everything that `track` receives about this request. */
export function resolveAttributes<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  { fields }: Binding,
): Awaitable<ResolvedAttributes> {
  return whenSettled(declaredAttributes(settings, request), (declared) =>
    whenSettled(resolveClientContext(settings, request), (client) =>
      whenSettled(resolveRedirectUrl(settings, request), (redirectUrl) => ({
        declared,
        client,
        redirectUrl,
        custom: mergeCustom(declared.custom, fields),
      })),
    ),
  );
}

/** The attributes as `track` receives them: what is not there has no member. By name, as every decision passes here. */
export function trackAttributes(
  { declared, client, redirectUrl, custom }: ResolvedAttributes,
  idempotencyKey: string,
): TrackAttributes {
  const attributes: { -readonly [Name in keyof TrackAttributes]: TrackAttributes[Name] } = { idempotencyKey };
  const { email, phoneNumber, username, locale } = declared;
  const { ipAddress, userAgent, deviceId } = client;
  if (redirectUrl !== undefined) attributes.redirectUrl = redirectUrl;
  if (ipAddress !== undefined) attributes.ipAddress = ipAddress;
  if (userAgent !== undefined) attributes.userAgent = userAgent;
  if (deviceId !== undefined) attributes.deviceId = deviceId;
  if (email !== undefined) attributes.email = email;
  if (phoneNumber !== undefined) attributes.phoneNumber = phoneNumber;
  if (username !== undefined) attributes.username = username;
  if (locale !== undefined) attributes.locale = locale;
  if (custom !== undefined) attributes.custom = custom;
  return attributes;
}

function declaredAttributes<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Awaitable<PresentAttributes> {
  const { attributes } = settings;
  if (typeof attributes !== "function") return attributes;
  const answer = resolveFromRequest<Native, unknown>(settings, "attributes", request, attributes);
  return whenSettled(answer, (returned) => read("attributes", () => parseAttributes(returned)));
}

/** Bound fields are data points too; another value under the same name would be evaluated instead of what is sealed. */
function mergeCustom(custom: TrackAttributes["custom"], fields: Binding["fields"]): TrackAttributes["custom"] {
  if (!custom) return fields && { ...fields };
  for (const [name, value] of Object.entries(custom)) {
    if (fields && Object.hasOwn(fields, name) && fields[name] !== value) {
      throw new RequireActionError("resolver_failed", {
        detail: `attributes.custom.${name} differs from the bound field ${name}`,
      });
    }
  }
  const merged = { ...custom, ...fields };
  if (JSON.stringify(merged).length > MAX_CUSTOM_LENGTH)
    throw new Refusal("request_unresolvable", "custom data over 16 KiB");
  return merged;
}

function resolveClientContext<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Awaitable<ClientContext> {
  const { clientContext } = settings;
  const given = clientContext && resolve(settings, "clientContext", () => clientContext(request.native));
  return whenSettled(given, (declared) => {
    const context =
      declared === undefined || declared === null
        ? contextOf(request)
        : read("clientContext", () => bareOptions(declared, contextNames));
    return readClientContext(settings, request, context);
  });
}

const contextNames = ["ipAddress", "userAgent", "deviceId"] as const satisfies readonly (keyof ClientContext)[];

/** The client as the framework gives it. */
function contextOf(request: GuardRequest<object>): ClientContext {
  return {
    ipAddress: request.ip,
    userAgent: request.header("user-agent"),
    deviceId: readDeviceId(request.header("cookie")),
  };
}

function readClientContext<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  { ipAddress, userAgent, deviceId }: ClientContext,
): ClientContext {
  return {
    ipAddress: settings.readAddress(request, ipAddress),
    userAgent: typeof userAgent === "string" ? userAgent.slice(0, MAX_USER_AGENT).toWellFormed() : undefined,
    deviceId: isId(deviceId) ? deviceId : undefined,
  };
}

function resolveRedirectUrl<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Awaitable<string | undefined> {
  const { redirectUrl, redirectOrigins } = settings;
  if (typeof redirectUrl !== "function") return redirectUrl;
  return whenSettled(resolveFromRequest<Native, unknown>(settings, "redirectUrl", request, redirectUrl), (resolved) => {
    const redirect = parseRedirectUrl(resolved, { origins: redirectOrigins, option: "redirectOrigins" });
    if ("problem" in redirect) throw new Refusal("request_unresolvable", `redirectUrl ${redirect.problem}`);
    return redirect.url;
  });
}

/** A resolver that reads who is asking: its throw is the application's fault. */
function resolve<T>(settings: Deadlined, name: string, work: () => Awaitable<T>): Awaitable<T> {
  return orElse(
    () => withDeadline(settings.decisionDeadlineMs, work),
    (error) => {
      if (error instanceof DeadlineExceeded) throw unavailable(`the ${name} resolver: ${error.message}`);
      throw new RequireActionError("resolver_failed", { detail: `the ${name} resolver threw`, cause: error });
    },
  );
}

/** A resolver that reads the client's input: its throw, say on a missing body, is a bad request. */
function resolveFromRequest<Native extends object, T>(
  settings: ActionSettings<Native>,
  name: string,
  { native, body }: GuardRequest<Native>,
  resolver: (native: Native) => Awaitable<T>,
): Awaitable<T> {
  return orElse(
    () => resolve(settings, name, () => resolver(native)),
    (error) => {
      if (!(error instanceof RequireActionError)) throw error;
      // It may have stumbled over a body that nobody parsed, which is no fault of the client's.
      if (isUnparsed(body)) throw unparsed(body, error.cause);
      throw new Refusal("request_unresolvable", `the ${name} resolver threw`, {}, { cause: error.cause });
    },
  );
}

/** Reads what a resolver returned: a getter that throws, as of a lazy record of a database, is the application's fault too. */
function read<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal || error instanceof RequireActionError) throw error;
    const detail = `what the ${name} resolver returned threw when it was read`;
    throw new RequireActionError("resolver_failed", { detail, cause: error });
  }
}

function wrongType(name: string, expected: string): RequireActionError {
  return new RequireActionError("resolver_failed", { detail: `${name} must answer ${expected}` });
}
