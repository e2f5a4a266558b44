const NAME = "require-action-approval";
/** As long as any challenge lasts. */
const SECONDS = 3_600;
const TICKET = /^[\w-]{43}$/;

/** The ticket of a browser that has entered a number. Of two, one is not ours. */
export function readTicket(request: Request): string | undefined {
  const found = (request.headers.get("cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim().split("="))
    .filter(([name]) => name === NAME);
  const value = found.length === 1 ? found[0]?.[1] : undefined;
  return value !== undefined && TICKET.test(value) ? value : undefined;
}

/** A `Set-Cookie` header for the pages below `path`; an empty ticket takes it away. */
export function writeTicket(
  ticket: string,
  { path, isSecure = false }: { readonly path: string; readonly isSecure?: boolean },
): string {
  const age = ticket === "" ? 0 : SECONDS;
  return `${NAME}=${ticket}; Path=${path}; Max-Age=${age}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
}
