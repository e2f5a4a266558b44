/** The console's two cookies: the session, and what the sign-in form must bring back. */
type CookieName = "console" | "console-form";

/** Reads and writes cookies that no other site's page sends along. */
export interface Cookies {
  read(request: Request, name: CookieName): string | undefined;
  /** A `Set-Cookie` header; no value takes the cookie away. */
  write(name: CookieName, value: string | undefined): string;
}

/** With TLS, the browser itself holds the cookie to this host (RFC 6265bis section 4.1.3.2). */
export function createCookies(secure: boolean): Cookies {
  const fullName = (name: CookieName): string => `${secure ? "__Host-" : ""}require-action-${name}`;
  return {
    read(request, name) {
      const found = (request.headers.get("cookie") ?? "")
        .split(";")
        .map((pair) => pair.trim().split("="))
        .filter(([given]) => given === fullName(name));
      // Twice is once too often: one of them is not ours.
      return found.length === 1 ? found[0]?.[1] : undefined;
    },
    write(name, value) {
      const age = value === undefined ? "; Max-Age=0" : "";
      return `${fullName(name)}=${value ?? ""}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}${age}`;
    },
  };
}
