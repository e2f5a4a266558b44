/** The part of the library that is used here: its entry for ES modules has no declarations. */
declare module "@messageformat/parser" {
  export interface Content {
    readonly type: "content";
    readonly value: string;
    /** As it was written. */
    readonly ctx: { readonly text: string };
  }

  export interface PlainArg {
    readonly type: "argument";
    readonly arg: string;
  }

  export interface Octothorpe {
    readonly type: "octothorpe";
  }

  export interface Select {
    readonly type: "plural" | "select" | "selectordinal";
    readonly arg: string;
    readonly cases: readonly { readonly key: string; readonly tokens: readonly Token[] }[];
    readonly pluralOffset?: number;
  }

  export interface FunctionArg {
    readonly type: "function";
    readonly arg: string;
    readonly key: string;
  }

  export type Token = Content | PlainArg | Octothorpe | Select | FunctionArg;

  /** @throws Error whose message has the place in its first line, and the text below */
  export function parse(
    source: string,
    options?: { readonly strict?: boolean; readonly cardinal?: readonly string[] },
  ): readonly Token[];
}
