import { inFull } from "@require-action-test/support/full";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { attacks } from "./inherited-attacks.ts";
import { memberNames } from "./inherited-names.ts";
import { tryAttack } from "./inherited-trials.ts";
import { adapters, attacksAsNobody } from "./inherited-users.ts";

const all = Object.entries({ ...attacks, ...attacksAsNobody });
/** An attack takes a second, as it is tried under every name. */
const some = inFull ? all : all.filter((_, place) => place % 6 === 0);

/** The members that are looked for, and all members in `test:full`, with which something went through that must not. */
describe("T63: a member that every object inherits", () => {
  // Frameworks print what breaks in them meanwhile.
  beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());

  it("is tried under well over a thousand names", () => {
    const names = memberNames();
    expect(names.length).toBeGreaterThan(1_500);
    const telling = ["scope", "onUnavailable", "isEnrolled", "user", "maxAge", "rawBody", "issues", "fallback"];
    expect(names).toEqual(expect.arrayContaining(telling));
  });

  it.each(Object.entries(adapters))("is no hindrance to a user on %s", async (_, send) => {
    expect(await send({ id: "alice" }, (work) => work())).toBe(true);
  });

  it.each(some)("does not help: %s", { timeout: 60_000 }, async (_, attack) => {
    expect(await attack((work) => work()), "the attack by itself").toBe(false);
    expect(await tryAttack(attack)).toEqual([]);
  });
});
