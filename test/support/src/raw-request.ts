import { connect } from "node:net";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends bytes as they are, which HTTP clients do not: they resolve paths. The connection is closed after one answer. */
export function sendRaw(origin: string, head: string, body = ""): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname === "localhost" ? "127.0.0.1" : hostname);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      const [, status = "0"] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? [];
      resolve({ status: Number(status), body: text.slice(text.indexOf("\r\n\r\n") + 4) });
    });
    socket.write(`${head}\r\n\r\n${body}`, "latin1");
    socket.end();
  });
}

/** Requests a target as it is written, one character to a byte. */
export function requestTarget(
  origin: string,
  target: string,
  {
    method = "GET",
    headers = {},
  }: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<RawAnswer> {
  const lines = Object.entries({ host: "127.0.0.1", connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return sendRaw(origin, [`${method} ${target} HTTP/1.1`, ...lines].join("\r\n"));
}
