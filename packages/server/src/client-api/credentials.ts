import { EngineError } from "@require-action/engine";

/**
 * The bearer token of a request. Before the browser SDK has one it sends its tenant instead, which opens nothing here.
 * @throws EngineError `token_invalid`
 */
export function bearerToken(request: Request, tenantId: string): string {
  const { scheme, credential } = credentialOf(request);
  if (scheme === "bearer") return credential;
  throw new EngineError(
    "token_invalid",
    isOfTenant(request, tenantId) ? "Set the token first." : "A bearer token is needed.",
  );
}

/** True for a request that comes with a token, whatever that is worth. */
export function hasBearerToken(request: Request): boolean {
  return credentialOf(request).scheme === "bearer";
}

/** Lets through what names the tenant. That is public: it proves nothing. @throws EngineError `token_invalid` */
export function requireTenant(request: Request, tenantId: string): void {
  if (!isOfTenant(request, tenantId)) throw new EngineError("token_invalid", "There is no such tenant here.");
}

/** The browser that sent a request, as it describes itself. */
export function browserOf({ headers }: Request): { readonly userAgent: string | undefined } {
  return { userAgent: headers.get("user-agent") ?? undefined };
}

function isOfTenant(request: Request, tenantId: string): boolean {
  const { scheme, credential } = credentialOf(request);
  return scheme === "basic" && tenantOf(credential) === tenantId;
}

function credentialOf(request: Request): { readonly scheme: string; readonly credential: string } {
  const header = request.headers.get("authorization") ?? "";
  const [, scheme = "", credential = ""] = /^([a-z]+) ([^\s,]+)$/i.exec(header) ?? [];
  return { scheme: scheme.toLowerCase(), credential };
}

/** As the SDK writes it, `base64(tenantId)`, and as Basic has it, `base64(tenantId:)`. */
function tenantOf(credential: string): string | undefined {
  try {
    return decodeURIComponent(Buffer.from(credential, "base64").toString("utf8").replace(/:$/, ""));
  } catch {
    return undefined;
  }
}
