import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CliError } from "../src/lib/terminal.ts";
import { serve } from "../src/serve/serve.ts";
import { readPageFile } from "../src/serve/page-file.ts";
import { serveSettings } from "./run-here.ts";

const folder = mkdtempSync(join(tmpdir(), "page-"));
afterAll(() => rmSync(folder, { recursive: true }));

const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>';
writeFileSync(join(folder, "logo.svg"), svg);
writeFileSync(join(folder, "logo.html"), "<html></html>");
writeFileSync(join(folder, "policy.json"), '{ "actions": { "pay": { "defaultOutcome": "CHALLENGE" } } }');

function fileWith(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function refusalOf(text: string, name = "page.yaml"): string {
  try {
    readPageFile(fileWith(name, text));
    return "none";
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return error.message.replaceAll(folder, "");
  }
}

describe("serve --page", () => {
  it.each([
    ["page.yaml", "appName: Acme\nlogo:\n  file: logo.svg\n  width: 120\n  height: 28\naccent: '#06c'\n"],
    [
      "page.json",
      '{ "appName": "Acme", "logo": { "file": "logo.svg", "width": 120, "height": 28 }, "accent": "#06c" }',
    ],
  ])("reads %s, and the logo beside it", (name, text) => {
    expect(readPageFile(fileWith(name, text))).toEqual({
      appName: "Acme",
      logo: { image: Buffer.from(svg), width: 120, height: 28 },
      accent: "#06c",
    });
  });

  it("reads texts in other words, and names what is wrong with one by its line", () => {
    const text = 'messages:\n  de:\n    code.send: "Code {x}"\n';
    expect(readPageFile(fileWith("texts.yaml", text.replace("{x}", "anfordern")))).toEqual({
      messages: { de: { "code.send": "Code anfordern" } },
    });
    expect(refusalOf(text)).toMatch(/ {2}3:5 {2}messages\.de\["code\.send"\].*the placeholder \{x\}/);
    expect(refusalOf(text.replace("code.send", "code.sned"))).toMatch(
      / {2}3:5 .*is no key of a text; did you mean "code\.send"\?/,
    );
  });

  it("names every mistake with its place, and what was probably meant", () => {
    const text = `appName: Acme
acent: "#06c"
accent:
  light: "#ffcc00"
  dark: "#ffcc00"
radius: 99
supportUrl: javascript:alert(1)
messagingTemplates: {}
logo: { file: missing.svg, width: 120, height: 28 }
`;
    const lines = refusalOf(text).split("\n");
    expect(lines[0]).toBe("--page /page.yaml has mistakes:");
    expect(lines.slice(1).map((line) => line.trim())).toEqual([
      "2:1  acent: is not an option; did you mean accent?",
      expect.stringMatching(/^4:3  accent\.light: is too faint in the light scheme: .+ 1\.39:1, and needs 4\.5:1; #/),
      "6:1  radius: must be whole pixels from 0 to 24",
      "7:1  supportUrl: must be a URL of https:, mailto: or tel:, without a password",
      "8:1  messagingTemplates: is the policy's to say",
      "9:9  logo.file: there is no such file",
    ]);
  });

  it.each([
    ["no object", "- accent", /must be an object/],
    ["nothing", "", /must be an object/],
    ["no YAML", "accent: [", /is not YAML/],
    ["two of a key", "radius: 1\nradius: 2", /2:1 {2}is not YAML/],
    ["no JSON", '{ "radius": 1', /is not JSON/, "page.json"],
    [
      "aliases without end",
      `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi".replaceAll(/./g, (one) => `${one}: &${one} [*${String.fromCharCode(one.charCodeAt(0) - 1)},*${String.fromCharCode(one.charCodeAt(0) - 1)},*a,*a,*a,*a,*a]\n`)}`,
      /must be an object/,
    ],
    ["depth without end", `a: ${"[".repeat(100_000)}`, /must be an object/],
    [
      "a page for a logo",
      "appName: A\nlogo: { file: logo.html, width: 99, height: 28 }",
      /2:9 {2}logo\.file: must be the bytes of an SVG/,
    ],
    [
      "a file that is none",
      "logo: { file: 7, width: 99, height: 28 }",
      /1:9 {2}logo\.file: must be the name of a file/,
    ],
    ["a colour by name", "accent: red", /1:1 {2}accent: must be a colour/],
    ["a prototype", '{ "__proto__": { "accent": "red" } }', /__proto__.*is not an option/],
  ])("refuses %s", (_what, text, message, name = "page.yaml") => {
    expect(refusalOf(text, name)).toMatch(message);
  });

  it("judges colours by the scheme that the file is for", () => {
    expect(refusalOf("colorScheme: dark\naccent: '#fc0'\nfooter: ''")).not.toContain("accent");
  });

  it("gives the page its face", async () => {
    const page = fileWith("page.yaml", "appName: Acme & Sons\naccent: '#0b6e4f'\nfooter: A <b>line</b>\n");
    const lines: string[] = [];
    const settings = await serveSettings(
      ["--policy", join(folder, "policy.json"), "--port", "0", "--page", page, "--api-secret", "a-server-api-secret"],
      {},
    );
    const stop = await serve(
      settings,
      { write: (line) => void lines.push(line), warn: () => undefined, hasColors: false },
      {},
    );
    const [origin = ""] = /http:\/\/\S+/.exec(lines.join("\n")) ?? [];
    const text = await (await fetch(`${origin}/challenge`)).text();
    await stop();
    expect(text).toContain("--accent:#0b6e4f;");
    expect(text).toContain("<title>Acme &amp; Sons</title>");
    expect(text).toContain('<p dir="auto">A &lt;b&gt;line&lt;/b&gt;</p>');
  });

  it("is refused before a port is taken or a store opened", async () => {
    const settings = await serveSettings(
      [
        "--policy",
        join(folder, "policy.json"),
        "--port",
        "0",
        "--page",
        fileWith("bad.yaml", "radius: -1"),
        "--api-secret",
        "a-server-api-secret",
      ],
      {},
    );
    const terminal = { write: () => undefined, warn: () => undefined, hasColors: false };
    await expect(serve(settings, terminal, {})).rejects.toThrow("1:1  radius: must be whole pixels");
  });
});
