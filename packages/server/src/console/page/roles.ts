import { type ReviewerRole, reviewerRoles } from "@require-action/engine/reviewers";

/** True where a role has all that another one has. */
export function may(role: ReviewerRole, needed: ReviewerRole): boolean {
  return reviewerRoles.indexOf(role) >= reviewerRoles.indexOf(needed);
}

/** What changes users and reviewers. */
const administered: ReadonlySet<string> = new Set(["GET /reviewers", "POST /reviewers", "POST /user"]);
/** What everybody does to their own session. Those of others are the page's to refuse. */
const own: ReadonlySet<string> = new Set(["POST /sign-out", "POST /sessions", "POST /passkeys"]);

/** The role that a page of the console asks for: to look takes the least, and to send a form takes deciding at least. */
export function roleFor(method: string, path: string): ReviewerRole {
  const route = `${method} ${path}`;
  if (administered.has(route)) return "administer";
  return method === "GET" || own.has(route) ? "look" : "decide";
}
