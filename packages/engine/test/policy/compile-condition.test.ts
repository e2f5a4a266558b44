import { describe, expect, test } from "vitest";
import { truth } from "./fixtures.ts";

const amount = { var: "custom.amount" };
const items = { var: "custom.items" };
const payee = { var: "custom.payee" };
const ip = { var: "ip.address" };
const express = { var: "custom.express" };

describe("operators", () => {
  test.each([
    [{ "==": [items, 3] }, { "custom.items": 3 }, true],
    [{ "==": [items, 3] }, { "custom.items": 4 }, false],
    [{ "===": [3, items] }, { "custom.items": 3 }, true],
    [{ "!=": [items, 3] }, { "custom.items": 3 }, false],
    [{ "!==": [items, 3] }, { "custom.items": 4 }, true],
    [{ "<": [items, 3] }, { "custom.items": 2 }, true],
    [{ "<": [items, 3] }, { "custom.items": 3 }, false],
    [{ "<=": [items, 3] }, { "custom.items": 3 }, true],
    [{ ">": [items, 3] }, { "custom.items": 3 }, false],
    [{ ">=": [items, 3] }, { "custom.items": 3 }, true],
    [{ "<": [3, items] }, { "custom.items": 4 }, true],
    [{ ">=": [3, items] }, { "custom.items": 4 }, false],
    [{ "<": [1, items, 3] }, { "custom.items": 2 }, true],
    [{ "<": [1, items, 3] }, { "custom.items": 3 }, false],
    [{ "<=": [1, items, 3] }, { "custom.items": 3 }, true],
    [{ "<=": [1, items, 3] }, { "custom.items": 0 }, false],
    [{ in: [payee, ["eve", "mallory"]] }, { "custom.payee": "mallory" }, true],
    [{ in: [payee, ["eve", "mallory"]] }, { "custom.payee": "Mallory" }, false],
    [{ in: [payee, { var: "lists.payees" }] }, { "custom.payee": "trudy" }, true],
    [{ in: [items, { var: "lists.sizes" }] }, { "custom.items": 4 }, false],
    [{ in: [payee, { var: "lists.empty" }] }, { "custom.payee": "trudy" }, false],
    [{ startsWith: [payee, ["tru", "mal"]] }, { "custom.payee": "mallory" }, true],
    [{ startsWith: [payee, "lory"] }, { "custom.payee": "mallory" }, false],
    [{ endsWith: [payee, "lory"] }, { "custom.payee": "mallory" }, true],
    [{ "!": express }, { "custom.express": false }, true],
    [{ "!": [express] }, { "custom.express": true }, false],
    [{ "!!": express }, { "custom.express": true }, true],
    [express, { "custom.express": true }, true],
    [{ "==": [express, false] }, { "custom.express": false }, true],
    [{ and: [express, { "==": [items, 1] }] }, { "custom.express": true, "custom.items": 1 }, true],
    [{ and: [express, { "==": [items, 1] }] }, { "custom.express": true, "custom.items": 2 }, false],
    [{ or: [express, { "==": [items, 1] }] }, { "custom.express": false, "custom.items": 1 }, true],
    [{ or: [express, { "==": [items, 1] }] }, { "custom.express": false, "custom.items": 2 }, false],
    [{ and: [express, express, express] }, { "custom.express": true }, true],
    [{ or: [express, express, express] }, { "custom.express": false }, false],
    [{ and: [express] }, { "custom.express": true }, true],
    [{ "==": [{ var: ["custom.items"] }, 3] }, { "custom.items": 3 }, true],
    [true, {}, true],
    [false, {}, false],
  ])("%j with %j is %s", (conditions, facts, expected) => {
    expect(truth(conditions, facts)).toBe(expected);
  });

  test("the country code is known by its short name too", () => {
    const conditions = { "==": [{ var: "ip.countryCode" }, "NZ"] };
    expect(truth(conditions, { "ip.location.country.countryCode": "NZ" })).toBe(true);
  });
});

describe("money", () => {
  test.each([
    ["500.01", ">", 500, true],
    ["500.00", ">", 500, false],
    ["500.00", "==", 500, true],
    ["0.3", "==", 0.3, true],
    ["9007199254740993", ">", "9007199254740992", true],
    ["0.100000000000000001", ">", "0.1", true],
    ["-1", "<", "0", true],
    ["9", "<", "10", true],
  ])("%s %s %j is %s", (value, operator, constant, expected) => {
    expect(truth({ [operator]: [amount, constant] }, { "custom.amount": value })).toBe(expected);
  });

  test("is found in a list however it is written", () => {
    expect(truth({ in: [amount, ["10", 20]] }, { "custom.amount": "10.00" })).toBe(true);
  });

  test("is compared with other money", () => {
    const facts = { "custom.amount": "100.10", "custom.limit": "100.09" };
    expect(truth({ ">": [amount, { var: "custom.limit" }] }, facts)).toBe(true);
  });
});

describe("addresses", () => {
  test.each([
    ["10.1.2.3", ["10.0.0.0/8"], true],
    ["11.1.2.3", ["10.0.0.0/8"], false],
    ["::ffff:10.1.2.3", ["10.0.0.0/8"], true],
    ["10.1.2.3", ["::ffff:10.0.0.0/104"], true],
    ["10.1.2.3", ["::/0"], false],
    ["::1", ["0.0.0.0/0"], false],
    ["2001:db8::1", ["2001:DB8::/32"], true],
    ["2001:db9::1", ["2001:db8::/32"], false],
    ["192.0.2.7", ["192.0.2.7"], true],
    ["192.0.2.8", ["192.0.2.0/30", "192.0.2.8/31", "10.0.0.0/8"], true],
    ["192.0.2.4", ["192.0.2.0/30", "192.0.2.8/31", "10.0.0.0/8"], false],
  ])("%s in %j is %s", (address, ranges, expected) => {
    expect(truth({ inCidr: [ip, ranges] }, { "ip.address": address })).toBe(expected);
  });

  test("a range may come from a list", () => {
    expect(truth({ inCidr: [ip, { var: "lists.networks" }] }, { "ip.address": "10.9.9.9" })).toBe(true);
  });

  test.each(["2001:0DB8:0:0:0:0:0:1", "2001:db8::0001", "2001:db8::1"])("%s is one address", (spelling) => {
    expect(truth({ "==": [ip, "2001:db8::1"] }, { "ip.address": spelling })).toBe(true);
    expect(truth({ in: [ip, ["2001:db8::1"]] }, { "ip.address": spelling })).toBe(true);
  });

  test.each(["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost", ""])(
    "%j is not an address, so nothing is known of it",
    (address) => {
      expect(truth({ inCidr: [ip, ["0.0.0.0/0", "::/0"]] }, { "ip.address": address })).toBeUndefined();
    },
  );
});

describe("what is unknown", () => {
  const unknown = { "==": [items, 1] };

  test.each([
    unknown,
    { "!": unknown },
    { "!": { "!": unknown } },
    { "!=": [items, 1] },
    { "<": [items, 1] },
    { ">=": [items, 1] },
    { in: [payee, ["a"]] },
    { "!": { in: [payee, ["a"]] } },
    { startsWith: [payee, "a"] },
    { "!": { inCidr: [ip, "10.0.0.0/8"] } },
    { "!": express },
    express,
    { "==": [amount, { var: "custom.limit" }] },
    { and: [true, unknown] },
    { or: [false, unknown] },
  ])("%j is undecided without facts", (conditions) => {
    expect(truth(conditions)).toBeUndefined();
  });

  test("what is decided without it stays decided", () => {
    expect(truth({ and: [unknown, false] })).toBe(false);
    expect(truth({ and: [false, unknown] })).toBe(false);
    expect(truth({ or: [unknown, true] })).toBe(true);
    expect(truth({ or: [unknown, unknown, true] })).toBe(true);
    expect(truth({ and: [unknown, unknown, false] })).toBe(false);
  });

  test.each([
    ["custom.items", "3"],
    ["custom.items", Number.NaN],
    ["custom.items", true],
  ])("%s of the wrong type (%j) is unknown", (name, value) => {
    expect(truth({ "!=": [items, 7] }, { [name]: value })).toBeUndefined();
  });

  test.each(["1e3", "1,000", " 1", "0x10", "", 0.5])("an amount of %j is unknown", (value) => {
    expect(truth({ ">=": [amount, 0] }, { "custom.amount": value })).toBeUndefined();
  });

  test("a sum beyond all numbers is not: it is above every limit", () => {
    expect(truth({ ">": [{ var: "velocity.withdrawals" }, 5] }, { "velocity.withdrawals": Infinity })).toBe(true);
    expect(truth({ ">": [amount, 500] }, { "custom.amount": `${"9".repeat(50)}.99` })).toBe(true);
  });
});
