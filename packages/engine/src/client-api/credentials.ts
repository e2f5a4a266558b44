import { EngineError } from "../engine-error.ts";

/**
 * The bearer token of a request. Before the browser SDK has one it sends its tenant instead, which opens nothing here.
 * @throws EngineError `token_invalid`
 */
export function bearerToken(request: Request, tenantId: string): string {
  const header = request.headers.get("authorization") ?? "";
  const [, scheme = "", credential = ""] = /^([a-z]+) ([^\s,]+)$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return credential;
  const isTenant = scheme.toLowerCase() === "basic" && tenantOf(credential) === tenantId;
  throw new EngineError("token_invalid", isTenant ? "Set the token first." : "A bearer token is needed.");
}

/** As the SDK writes it, `base64(tenantId)`, and as Basic has it, `base64(tenantId:)`. */
function tenantOf(credential: string): string | undefined {
  try {
    return decodeURIComponent(Buffer.from(credential, "base64").toString("utf8").replace(/:$/, ""));
  } catch {
    return undefined;
  }
}
