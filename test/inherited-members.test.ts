import { describe, expect, it } from "vitest";
import { attacks } from "./inherited-attacks.ts";
import { memberNames } from "./inherited-names.ts";
import { tryAttack } from "./inherited-trials.ts";
import { adapters, attacksAsNobody } from "./inherited-users.ts";

const all = { ...attacks, ...attacksAsNobody };

/** The members, 25 at a time and five at a time in `test:full`, with which something went through that must not. */
describe("T63: a member that every object inherits", () => {
  it("is tried under well over a thousand names", () => {
    const names = memberNames();
    expect(names.length).toBeGreaterThan(1_500);
    const telling = ["scope", "onUnavailable", "isEnrolled", "user", "maxAge", "rawBody", "issues", "fallback"];
    expect(names).toEqual(expect.arrayContaining(telling));
  });

  it.each(Object.entries(adapters))("is no hindrance to a user on %s", async (_, send) => {
    expect(await send({ id: "alice" }, (work) => work())).toBe(true);
  });

  it.each(Object.entries(all))("does not help: %s", { timeout: 60_000 }, async (_, attack) => {
    expect(await attack((work) => work()), "the attack by itself").toBe(false);
    expect(await tryAttack(attack, { namesAtOnce: 25 })).toEqual([]);
  });
});
