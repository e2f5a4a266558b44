import type { FetchHandler } from "../src/index.ts";

/** What a console answered. */
export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly location: string | null;
  readonly text: string;
}

/** A reviewer's browser, without a screen: it keeps cookies. */
export class ConsoleBrowser {
  readonly cookies = new Map<string, string>();
  /** Which process a balancer sends it to. */
  to: FetchHandler;
  readonly #home: string;

  /** @param home where the console's pages are */
  constructor(to: FetchHandler, home = "http://localhost/auth/console/") {
    this.to = to;
    this.#home = home;
  }

  async send(
    method: string,
    path: string,
    form?: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ConsoleAnswer> {
    const response = await this.to(
      new Request(this.#home + path, {
        method,
        headers: {
          cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
          ...(form && { "content-type": "application/x-www-form-urlencoded" }),
          ...headers,
        },
        ...(form && { body: new URLSearchParams(form).toString() }),
      }),
    );
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const { status, headers: received } = response;
    return { status, headers: received, location: received.get("location"), text: await response.text() };
  }

  /** The token of the first form on a page. */
  async formToken(path: string): Promise<string> {
    return /name="formToken" value="([^"]+)"/.exec((await this.send("GET", path)).text)?.[1] ?? "";
  }
}
