import { describe, expect, it } from "vitest";
import { mailboxOf } from "../src/lib/address.ts";

describe("mailboxOf", () => {
  it.each([
    ["Ann@Example.com", "ann@example.com"],
    ["ann@EXAMPLE.COM", "ann@example.com"],
    ["ann+shop@example.com", "ann@example.com"],
    ["\uff21nn@example.com", "ann@example.com"],
    ["ann@ex\u00e4mple.com", "ann@xn--exmple-cua.com"],
    ["ann@exa\u0308mple.com", "ann@xn--exmple-cua.com"],
    ["ann@XN--EXMPLE-CUA.com", "ann@xn--exmple-cua.com"],
    ["ann@example\u3002com", "ann@example.com"],
    ["Jos\u00e9@example.com", "jose\u0301@example.com"],
    ["a.n.n@gmail.com", "ann@googlemail.com"],
    ["+1 555 010 0000", "+15550100000"],
    ["+1.555.010.0000", "+15550100000"],
    ["+1 (555) 010-0000", "+15550100000"],
    ["+\uff11555\u00a0010 0000", "+15550100000"],
  ])("takes %s and %s for one", (one, other) => {
    expect(mailboxOf(one)).toBe(mailboxOf(other));
  });

  it.each([
    ["ann@example.com", "bob@example.com"],
    ["ann@example.com", "ann@example.org"],
    ["ann@example.com", "ann@mail.example.com"],
    ["a.nn@example.com", "ann@example.com"],
    ["+a@example.com", "+b@example.com"],
    ["ann@ex\u00e4mple.com", "ann@example.com"],
    ["+15550100000", "+15550100001"],
    ["ann@[not a domain", "bob@[not a domain"],
    ["ann@a_b.example", "ann@c_d.example"],
  ])("keeps %s and %s apart", (one, other) => {
    expect(mailboxOf(one)).not.toBe(mailboxOf(other));
  });
});
