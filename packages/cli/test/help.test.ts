import { Writable } from "node:stream";
import { WriteStream } from "node:tty";
import { ipFactNames } from "@require-action/engine/policy";
import { describe, expect, it } from "vitest";
import { showsColors } from "../src/lib/terminal.ts";
import { runHere } from "./run-here.ts";

const names = [
  "serve",
  "migrate",
  "policy check",
  "policy test",
  "policy backtest",
  "policy import",
  "policy publish",
  "policy versions",
  "policy show",
  "reviewer invite",
  "reviewer list",
  "reviewer remove",
  "user find",
  "user show",
  "user unlock",
  "user remove-authenticator",
  "user revoke-device",
  "user end-sessions",
  "routes",
  "hash-password",
];

describe("every command", () => {
  it("is in the help", async () => {
    const [all, ...groups] = await Promise.all(
      [[], ["policy"], ["reviewer"], ["user"]].map((words) => runHere([...words, "--help"])),
    );
    expect(all).toMatchObject({ code: 0, errors: "" });
    for (const name of names) {
      const [first = "", second] = name.split(" ");
      expect(all?.output).toMatch(new RegExp(`^  ${first} +\\S`, "m"));
      if (second !== undefined)
        expect(groups.map((one) => one.output).join("")).toMatch(new RegExp(`^  ${second} .*\\S`, "m"));
    }
  });

  it.each(names)("has its help, and refuses what it does not know: %s", async (name) => {
    const words = name.split(" ");
    const help = await runHere([...words, "--help"]);
    expect(help).toMatchObject({ code: 0, errors: "" });
    expect(help.output).toMatch(new RegExp(`^Usage: require-action ${name} \\[options\\][^]*^  -h, --help `, "m"));
    expect(await runHere(["help", ...words.slice(0, 1)])).toMatchObject({ code: 0, errors: "" });
    expect(await runHere([...words, "--no-such-flag"])).toEqual({
      code: 2,
      output: "",
      errors: `Unknown option '--no-such-flag'. See require-action ${name} --help.\n`,
    });
    const files = /FILE/.test(help.output.split("\n", 1)[0]!) ? ["a.json"] : [];
    const store = ["--store", "x"];
    const mandatory =
      {
        serve: ["--policy", "x"],
        migrate: store,
        "policy test": ["--cases", "x"],
        "policy publish": store,
        "policy versions": store,
        "policy show": [...store, "1"],
        "reviewer invite": [...store, "--console-url", "https://bank.example/console", "bob"],
        "reviewer list": store,
        "user find": ["x"],
        "user show": ["x"],
        "user unlock": ["x", "y", "--reason", "x"],
        "user remove-authenticator": ["x", "y", "--reason", "x"],
        "user revoke-device": ["x", "y", "--reason", "x"],
        "user end-sessions": ["x", "--reason", "x"],
        "reviewer remove": [...store, "--reason", "x", "bob"],
      }[name] ?? [];
    expect(await runHere([...words, ...mandatory, ...files, "sesame"])).toEqual({
      code: 2,
      output: "",
      errors: `Unexpected argument. See require-action ${name} --help.\n`,
    });
  });

  it("names the facts about addresses that there are", async () => {
    expect((await runHere(["policy", "check", "--help"])).output.replaceAll(/\s+/g, " ")).toContain(
      ipFactNames.join(","),
    );
  });

  it("is marked where it is experimental", async () => {
    expect((await runHere(["routes", "--help"])).output).toContain("EXPERIMENTAL");
    expect((await runHere(["--help"])).output).toMatch(/^ {2}routes .*\n?.*\(experimental\)$/m);
  });
});

describe("a slip of the pen", () => {
  it.each([
    [["serv"], "Unknown command 'serv'. Did you mean serve? See require-action --help."],
    [["policy", "chek"], "Unknown command 'chek'. Did you mean check? See require-action policy --help."],
    [["bananas"], "Unknown command 'bananas'. See require-action --help."],
    [["a\u001b[2Jb"], "Unknown command 'a\\u{1b}[2Jb'. See require-action --help."],
    [["serve", "--prot", "1"], "Unknown option '--prot'. Did you mean --port? See require-action serve --help."],
    [
      ["serve", "--api-secert=sesame"],
      "Unknown option '--api-secert'. Did you mean --api-secret? See require-action serve --help.",
    ],
    [
      ["policy", "check", "--api-secret=sesame"],
      "Unknown option '--api-secret'. See require-action policy check --help.",
    ],
    [["serve", "--dev=sesame", "--policy", "x"], "--dev takes no value. See require-action serve --help."],
    [["--store sesame"], "Unknown option '--store'. See require-action --help."],
    [
      ["migrate", "--store sesame"],
      "Unknown option '--store'. Did you mean --store? See require-action migrate --help.",
    ],
    [["--prot"], "Unknown option '--prot'. See require-action --help."],
    [["serve", "--policy"], "--policy FILE needs a value. See require-action serve --help."],
    [["serve", "--policy", "--dev"], "--policy FILE needs a value."],
    [["serve", "--port", "1"], "--policy FILE is missing. See require-action serve --help."],
    [["policy", "check"], "FILE is missing. See require-action policy check --help."],
    [["policy", "test", "a.json"], "--cases FILE is missing. See require-action policy test --help."],
  ])("is answered in a sentence that says what was meant: %j", async (args, message) => {
    expect(await runHere(args)).toEqual({ code: 2, output: "", errors: `${message}\n` });
  });

  it.each([[[]], [["policy"]]])("such as no command at all is answered by those that there are: %j", async (args) => {
    const { code, output, errors } = await runHere(args);
    expect([code, output]).toEqual([2, ""]);
    expect(errors).toMatch(/^Usage: require-action /);
  });
});

describe("colour", () => {
  it("is in the help where the terminal shows it, and nowhere else", async () => {
    expect((await runHere(["--help"], { hasColors: true })).output).toContain("\u001b[1mUsage:\u001b[22m");
    expect((await runHere(["--help"])).output).not.toContain("\u001b");
    expect((await runHere([], { hasColors: true })).errors).not.toContain("\u001b");
  });

  it("is for terminals only, and not where NO_COLOR is set", () => {
    const terminal = { isTTY: true, hasColors: WriteStream.prototype.hasColors.bind(new Writable()) };
    const environment = { TERM: "xterm-256color" };
    expect(showsColors(terminal, environment)).toBe(true);
    expect(showsColors(terminal, { ...environment, NO_COLOR: "1" })).toBe(false);
    expect(showsColors(terminal, { TERM: "dumb" })).toBe(false);
    expect(showsColors(new Writable() as never, environment)).toBe(false);
  });
});
