import { beforeEach, expect, it, vi } from "vitest";
import { attacks } from "./inherited-attacks.ts";
import { tryAttack } from "./inherited-trials.ts";
import { attacksAsNobody } from "./inherited-users.ts";

// Frameworks print what breaks in them meanwhile.
beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());

it.each(Object.entries({ ...attacks, ...attacksAsNobody }))(
  "T63: no member of any name helps, five at a time: %s",
  { timeout: 120_000 },
  async (_, attack) => {
    expect(await tryAttack(attack, { namesAtOnce: 5 })).toEqual([]);
  },
);
