import { describe, expect, it } from "vitest";
import { assertUnambiguousBody } from "../src/binding/unambiguous-body.ts";
import { Refusal } from "../src/reply/refusal.ts";

const JSON_TYPE = "application/json";
const two = '{"amount":"1000","amount":"1"}';

function codeOf(text: string | Uint8Array | undefined, value: unknown, contentType = JSON_TYPE, sent = true): unknown {
  try {
    assertUnambiguousBody({ header: () => contentType, body: { sent, read: true, value, text: () => text } });
    return undefined;
  } catch (error) {
    return error instanceof Refusal ? error.code : error;
  }
}

describe("T56: the text beside a parsed body", () => {
  it.each<readonly [string, string | Uint8Array, string]>([
    ["a text", two, JSON_TYPE],
    ["bytes", Buffer.from(two), JSON_TYPE],
    ["a text with a mark", `\ufeff${two}`, JSON_TYPE],
    ["bytes with a mark", Buffer.from(`\ufeff${two}`), JSON_TYPE],
    ["bytes in UTF-16", Buffer.from(two, "utf16le"), "application/json; charset=utf-16le"],
    ["bytes in a quoted charset", Buffer.from(two, "latin1"), 'application/json;charset="iso-8859-1"'],
    ["a type that is not JSON's", two, "text/plain"],
    ["no type", two, ""],
    ["bytes in a charset that nobody knows", Buffer.from('{"amount":"1"}'), "application/json; charset=x-own"],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "application/problem+json"],
    ["a text that is not JSON", "{", JSON_TYPE],
  ])("is refused: %s", (_name, text, type) => {
    expect(codeOf(text, { amount: "1" }, type)).toBe("request_unbindable");
  });

  it("is nobody's matter where it is not at hand, not JSON, or was not sent", () => {
    expect(codeOf(undefined, { amount: "1" })).toBeUndefined();
    expect(codeOf("", {})).toBeUndefined();
    expect(codeOf("amount=1&amount=2", { amount: ["1", "2"] }, "application/x-www-form-urlencoded")).toBeUndefined();
    expect(codeOf("{", new SyntaxError("not JSON"))).toBeUndefined();
    expect(codeOf(two, {}, JSON_TYPE, false)).toBeUndefined();
    expect(codeOf('{"amount":"1","more":[{"amount":"1"}]}', {})).toBeUndefined();
    expect(codeOf('\ufeff{"amount":"1"}', { amount: "1" })).toBeUndefined();
  });
});
