/** An answer, as the transcript shows it. */
export interface Answer {
  readonly status: number;
  readonly body: any;
}

/** A person's browser: it keeps cookies, and one device id for good. */
export interface Browser {
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Sees each request and its answer. */
export type Watcher = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  answer: Answer,
) => void;

/** Opens a browser on an application. */
export function openBrowser(url: string, watch: Watcher): Browser {
  const deviceId = crypto.randomUUID();
  let session: string | undefined;

  async function send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: unknown,
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        cookie: [`__as_aid=${deviceId}`, ...(session ? [session] : [])].join("; "),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    session = response.headers.getSetCookie()[0]?.split(";")[0] ?? session;
    const text = await response.text();
    const answer = { status: response.status, body: asJson(text) };
    watch(method, path, headers, body, answer);
    return answer;
  }

  return {
    get: (path) => send("GET", path, {}),
    post: (path, body, headers = {}) => send("POST", path, headers, body),
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
