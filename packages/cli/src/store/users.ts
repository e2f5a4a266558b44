import { CliError, printable, type Terminal } from "../lib/terminal.ts";

/** A running server's Server API. */
export interface ServerApi {
  /** Without `/v1`. */
  readonly url: string;
  readonly secret: string;
  readonly terminal: Terminal;
}

const TIMEOUT_MS = 30_000;

/** Prints the users whom a text finds, one a line. @throws CliError */
export async function findUsers(text: string, api: ServerApi): Promise<void> {
  const { users = [] } = (await call(api, "GET", `/users?search=${encodeURIComponent(text)}`)) as {
    readonly users?: readonly Readonly<Record<string, unknown>>[];
  };
  for (const { userId, email, phoneNumber, username } of users)
    api.terminal.write(line(userId, email, phoneNumber, username));
  if (users.length === 0) throw new CliError("Nobody is found by that.", 1);
}

/** Prints what a user proves with, what of it is locked, and devices. @throws CliError */
export async function showUser(userId: string, api: ServerApi): Promise<void> {
  const path = `/users/${encodeURIComponent(userId)}`;
  type Records = readonly Readonly<Record<string, unknown>>[];
  const authenticators = (await call(api, "GET", `${path}/authenticators`)) as Records;
  const locks = (await call(api, "GET", `${path}/locks`)) as {
    readonly isLocked: boolean;
    readonly authenticators: Records;
  };
  const devices = (await call(api, "GET", `${path}/devices`)) as Records;
  const { terminal } = api;
  if (locks.isLocked) terminal.write("LOCKED  every method that somebody could guess at");
  for (const { userAuthenticatorId: id, verificationMethod, email, phoneNumber } of authenticators) {
    const lock = locks.authenticators.find((one) => one["userAuthenticatorId"] === id);
    terminal.write(
      line(verificationMethod, id, email ?? phoneNumber, lock?.["isLocked"] === true ? "LOCKED" : undefined),
    );
  }
  for (const { deviceId, authenticatedAt, invalidatedAt } of devices) {
    terminal.write(line("device", deviceId, authenticatedAt, invalidatedAt === undefined ? undefined : "forgotten"));
  }
  if (authenticators.length + devices.length === 0) terminal.warn("The user has no authenticators and no devices.");
}

/** Changes something of a user's, with a reason. @throws CliError */
export async function changeUser(
  userId: string,
  path: string,
  by: { readonly actor: string; readonly reason: string },
  api: ServerApi,
): Promise<void> {
  await call(api, "POST", `/users/${encodeURIComponent(userId)}${path}`, by);
  api.terminal.write("Done.");
}

/** What a server answers is printed as text that moves no cursor. */
function line(...parts: readonly unknown[]): string {
  return parts
    .filter((part) => typeof part === "string" && part !== "")
    .map((part) => printable(part as string))
    .join("  ");
}

/** @throws CliError for anything but success */
async function call({ url, secret }: ServerApi, method: string, path: string, body?: object): Promise<unknown> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(`${url}/v1${path}`, {
      method,
      // A redirect would take the secret elsewhere.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Basic ${Buffer.from(`${secret}:`).toString("base64")}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    answer = await response.json();
  } catch (error) {
    const { cause, name } = error as { readonly cause?: NodeJS.ErrnoException; readonly name: string };
    throw new CliError(`--url ${printable(url)}: the server cannot be reached (${cause?.code ?? name}).`, 1);
  }
  if (response.ok) return answer;
  const { errorDescription } = answer as { readonly errorDescription?: unknown };
  const words = typeof errorDescription === "string" ? errorDescription : `It answered ${response.status}.`;
  throw new CliError(printable(words), 1);
}
