import * as v from "valibot";
import type { ActionSettings } from "./action-settings.ts";
import { type Binding, bindFields, bindNothing, bindRequest } from "./binding.ts";
import { withDeadline, DeadlineExceeded } from "./deadline.ts";
import { RequireActionError } from "./errors.ts";
import type { ActionAttributes, Awaitable, ClientContext } from "./guard-options.ts";
import type { GuardRequest } from "./guard-request.ts";
import { isId } from "./ids.ts";
import type { TrackAttributes } from "./provider.ts";
import { findRedirectProblem } from "./redirect-url.ts";
import { Refusal } from "./refusal.ts";

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
    throw new Refusal("authentication_required", "the user resolver found nobody");
  }
  const userId = Number.isSafeInteger(resolved) ? String(resolved) : resolved;
  if (!isId(userId)) throw new Refusal("user_id_invalid", "the user resolver answered something that is not an id");
  return userId;
}

/** The session to tie approvals to, when configured; a session that is configured and missing counts as not signed in. */
export async function resolveSession<Native extends object>(
  { session, ...settings }: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
): Promise<string | undefined> {
  if (!session) return undefined;
  const resolved: unknown = await resolve(settings, "session", () => session(native));
  if (resolved === undefined || resolved === null || resolved === "") {
    throw new Refusal("authentication_required", "the session resolver found no session");
  }
  if (!isId(resolved))
    throw new Refusal("user_id_invalid", "the session resolver answered something that is not an id");
  return resolved;
}

/** True when the action is required for this request. */
export async function resolveWhen<Native extends object>(
  settings: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
): Promise<boolean> {
  const { when } = settings.own;
  if (!when) return true;
  const required: unknown = await resolveFromRequest(settings, "when", () => when(native));
  if (typeof required !== "boolean") throw wrongType("when", "a boolean");
  return required;
}

/** What an approval of this request is good for. */
export async function resolveBinding<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Promise<Binding> {
  const { bind } = settings.own;
  if (bind === undefined) return bindRequest(request);
  if (bind === "none") return bindNothing();
  return bindFields(await resolveFromRequest(settings, "bind", () => bind(request.native)), request.body);
}

/** Everything that `track` is told about this request, but for its key. */
export async function resolveAttributes<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  { fields }: Binding,
): Promise<Omit<TrackAttributes, "idempotencyKey">> {
  const declared = await declaredAttributes(settings, request);
  const custom = mergeCustom(declared.custom, fields);
  const redirectUrl = await resolveRedirectUrl(settings, request);
  return withoutUndefined({
    ...(await resolveClientContext(settings, request)),
    ...declared,
    redirectUrl,
    custom,
  });
}

const attributesSchema = v.strictObject({
  email: v.optional(v.string()),
  phoneNumber: v.optional(v.string()),
  username: v.optional(v.string()),
  locale: v.optional(v.string()),
  custom: v.optional(v.record(v.string(), v.union([v.string(), v.boolean(), v.pipe(v.number(), v.finite())]))),
});

async function declaredAttributes<Native extends object>(
  settings: ActionSettings<Native>,
  { native }: GuardRequest<Native>,
): Promise<ActionAttributes> {
  const { attributes = {} } = settings.own;
  const declared: unknown =
    typeof attributes === "function"
      ? await resolveFromRequest(settings, "attributes", () => attributes(native))
      : attributes;
  const result = v.safeParse(attributesSchema, declared, { abortEarly: true });
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]) ?? "";
  throw new Refusal("request_unresolvable", `attributes${path && `.${path}`} is not of the type that track takes`);
}

/** Bound fields are data points too; another value under the same name would be judged instead of what is sealed. */
function mergeCustom(custom: TrackAttributes["custom"], fields: Binding["fields"]): TrackAttributes["custom"] {
  if (!fields) return custom;
  for (const [name, value] of Object.entries(custom ?? {})) {
    if (name in fields && fields[name] !== value) {
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
  { native }: GuardRequest<Native>,
): Promise<string | undefined> {
  const { redirectUrl } = settings.own;
  if (typeof redirectUrl !== "function") return redirectUrl;
  const resolved: unknown = await resolveFromRequest(settings, "redirectUrl", () => redirectUrl(native));
  const problem = findRedirectProblem(resolved, settings.options.redirectOrigins);
  if (problem) throw new Refusal("request_unresolvable", `redirectUrl ${problem}`);
  return resolved as string;
}

/** A resolver that reads who is asking: its throw is the application's fault. */
async function resolve<T>(settings: Deadlined, name: string, work: () => Awaitable<T>): Promise<T> {
  try {
    return await withDeadline(settings.decisionDeadlineMs, work);
  } catch (error) {
    if (error instanceof DeadlineExceeded)
      throw new Refusal("decision_unavailable", `the ${name} resolver never settled`);
    throw new RequireActionError("resolver_failed", { detail: `the ${name} resolver threw`, cause: error });
  }
}

/** A resolver that reads the client's input: its throw, say on a missing body, is a bad request. */
async function resolveFromRequest<T>(settings: Deadlined, name: string, work: () => Awaitable<T>): Promise<T> {
  try {
    return await resolve(settings, name, work);
  } catch (error) {
    if (!(error instanceof RequireActionError)) throw error;
    throw new Refusal("request_unresolvable", `the ${name} resolver threw`, {}, { cause: error.cause });
  }
}

function wrongType(name: string, expected: string): RequireActionError {
  return new RequireActionError("resolver_failed", { detail: `${name} must answer ${expected}` });
}

function withoutUndefined<T extends object>(record: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;
}
