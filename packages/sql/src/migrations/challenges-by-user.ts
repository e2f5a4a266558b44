import type { Dialect } from "../database/dialect.ts";

/** Has a user's challenges found when the user is deleted. An index alone: rows and columns stay as they are. */
export function challengesByUser({ table, field }: Dialect): readonly string[] {
  return [`CREATE INDEX require_action_challenges_user ON ${table("challenges")} ((${field(["userId"], "text")}))`];
}
