import * as v from "valibot";
import type { ActionSettings } from "./action-settings.ts";
import { type ActionAttributes, attributesSchema } from "./attributes.ts";
import { type Binding, bindFields, bindNothing, bindRequest, isUnparsed } from "./binding.ts";
import { withDeadline, DeadlineExceeded } from "./deadline.ts";
import { RequireActionError } from "./errors.ts";
import type { Awaitable, ClientContext } from "./guard-options.ts";
import type { GuardRequest } from "./guard-request.ts";
import { isId } from "./ids.ts";
import type { TrackAttributes } from "./provider.ts";
import { findRedirectProblem } from "./redirect-url.ts";
import { Refusal } from "./refusal.ts";
import { unavailable } from "./unavailable.ts";

type Deadlined = Pick<ActionSettings<object>, "decisionDeadlineMs">;

const MAX_USER_AGENT = 1_024;
const MAX_CUSTOM_LENGTH = 16_384;

/** The signed-in user's id. Refuses with 401 when there is none, 400 when it cannot be used. */
export async function resolveUser<Native extends object>(
  settings: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
): Promise<string> {
  const resolved: unknown = await resolve(settings, "user", () => settings.user(native));
  if (resolved === undefined || resolved === null || resolved === "") {
    throw refuseStranger(settings, "the user resolver found nobody");
  }
  const userId = typeof resolved === "number" && Number.isSafeInteger(resolved) ? String(resolved) : resolved;
  if (!isId(userId)) throw new Refusal("user_id_invalid", "the user resolver answered something that is not an id");
  return userId;
}

/** The session to tie approvals to, when configured; a session that is configured and missing counts as not signed in. */
export async function resolveSession<Native extends object>(
  settings: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
): Promise<string | undefined> {
  const { session } = settings;
  if (!session) return undefined;
  const resolved: unknown = await resolve(settings, "session", () => session(native));
  if (resolved === undefined || resolved === null || resolved === "") {
    throw refuseStranger(settings, "the session resolver found no session");
  }
  if (!isId(resolved))
    throw new Refusal("user_id_invalid", "the session resolver answered something that is not an id");
  return resolved;
}

/** A 401 names a scheme (RFC 9110 section 11.6.1) where the profile knows one; how a browser's user signs in is the application's. */
function refuseStranger({ profile }: Pick<ActionSettings<object>, "profile">, reason: string): Refusal {
  const headers = profile === "rfc9470" ? { "www-authenticate": "Bearer" } : {};
  return new Refusal("authentication_required", reason, {}, { headers });
}

/** True when the action is required for this request. */
export async function resolveWhen<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Promise<boolean> {
  const { when } = settings;
  if (!when) return true;
  const required: unknown = await resolveFromRequest(settings, "when", request, when);
  if (typeof required !== "boolean") throw wrongType("when", "a boolean");
  return required;
}

/** What an approval of this request is good for. */
export async function resolveBinding<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Promise<Binding> {
  const { bind } = settings;
  if (bind === undefined) return bindRequest(request);
  if (bind === "none") return bindNothing();
  return bindFields(await resolveFromRequest(settings, "bind", request, bind), request.body);
}

/** Everything that `track` is told about this request, but for its key. */
export async function resolveAttributes<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  { fields }: Binding,
): Promise<Omit<TrackAttributes, "idempotencyKey">> {
  const { email, phoneNumber, username, locale, custom } = await declaredAttributes(settings, request);
  const { ipAddress, userAgent, deviceId } = await resolveClientContext(settings, request);
  return withoutUndefined({
    redirectUrl: await resolveRedirectUrl(settings, request),
    ipAddress,
    userAgent,
    deviceId,
    email,
    phoneNumber,
    username,
    locale,
    custom: mergeCustom(custom, fields),
  });
}

async function declaredAttributes<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Promise<ActionAttributes> {
  const { attributes } = settings;
  if (typeof attributes !== "function") return attributes;
  const declared: unknown = await resolveFromRequest(settings, "attributes", request, attributes);
  const result = v.safeParse(attributesSchema, declared, { abortEarly: true });
  if (result.success) return result.output;
  // The names in it may be the client's, so none is told.
  throw new Refusal("request_unresolvable", "the attributes are not what track takes");
}

/** Bound fields are data points too; another value under the same name would be judged instead of what is sealed. */
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

async function resolveClientContext<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Promise<ClientContext> {
  const { clientContext } = settings;
  const given = clientContext && (await resolve(settings, "clientContext", () => clientContext(request.native)));
  const { ipAddress, userAgent, deviceId } = given ?? {
    ipAddress: request.ip,
    userAgent: request.header("user-agent"),
    deviceId: deviceIdOf(request.header("cookie")),
  };
  return {
    ipAddress: typeof ipAddress === "string" ? ipAddress.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "") : undefined,
    userAgent: typeof userAgent === "string" ? userAgent.slice(0, MAX_USER_AGENT).toWellFormed() : undefined,
    deviceId: isId(deviceId) ? deviceId : undefined,
  };
}

/** Authsignal's anonymous id; none when the cookie is there twice, as either could be the attacker's. */
function deviceIdOf(cookie: string | undefined): string | undefined {
  const found = [...(cookie ?? "").matchAll(/(?:^|;)\s*__as_aid=([A-Za-z0-9-]{1,64})\s*(?=;|$)/g)];
  return found.length === 1 ? found[0]![1] : undefined;
}

async function resolveRedirectUrl<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Promise<string | undefined> {
  const { redirectUrl, redirectOrigins } = settings;
  if (typeof redirectUrl !== "function") return redirectUrl;
  const resolved: unknown = await resolveFromRequest(settings, "redirectUrl", request, redirectUrl);
  const problem = findRedirectProblem(resolved, redirectOrigins);
  if (problem) throw new Refusal("request_unresolvable", `redirectUrl ${problem}`);
  return resolved as string;
}

/** A resolver that reads who is asking: its throw is the application's fault. */
async function resolve<T>(settings: Deadlined, name: string, work: () => Awaitable<T>): Promise<T> {
  try {
    return await withDeadline(settings.decisionDeadlineMs, work);
  } catch (error) {
    if (error instanceof DeadlineExceeded) throw unavailable(`the ${name} resolver: ${error.message}`);
    throw new RequireActionError("resolver_failed", { detail: `the ${name} resolver threw`, cause: error });
  }
}

/** A resolver that reads the client's input: its throw, say on a missing body, is a bad request. */
async function resolveFromRequest<Native extends object, T>(
  settings: ActionSettings<Native>,
  name: string,
  { native, body }: GuardRequest<Native>,
  resolver: (native: Native) => Awaitable<T>,
): Promise<T> {
  try {
    return await resolve(settings, name, () => resolver(native));
  } catch (error) {
    if (!(error instanceof RequireActionError)) throw error;
    // It may have stumbled over a body that nobody parsed, which is no fault of the client's.
    if (isUnparsed(body)) throw new RequireActionError("body_not_parsed", { cause: error.cause });
    throw new Refusal("request_unresolvable", `the ${name} resolver threw`, {}, { cause: error.cause });
  }
}

function wrongType(name: string, expected: string): RequireActionError {
  return new RequireActionError("resolver_failed", { detail: `${name} must answer ${expected}` });
}

function withoutUndefined<T extends object>(record: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const defined: Partial<T> = {};
  for (const name of Object.keys(record) as (keyof T)[]) {
    if (record[name] !== undefined) defined[name] = record[name];
  }
  return defined as never;
}
