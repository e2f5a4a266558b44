import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TOTP, URI } from "otpauth";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { blocks } from "./markdown.ts";
import { root } from "./workspace.ts";

const folder = `${root}test/.getting-started/`;
const paid = vi.fn(async (..._payment: unknown[]) => true);
let server: Server;

/** Writes the guide's own code to files, with a port that is free and a payment that is watched. */
beforeAll(() => {
  process.env["ENGINE_SECRET"] = "any 32 bytes or more will do for tests";
  process.env["SEAL_SECRET"] = "other 32 bytes or more, the seal's own";
  (globalThis as { pay?: unknown }).pay = paid;
  const [engine, express, koa] = blocks("docs/getting-started.md").filter(({ language }) => language === "ts");
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}engine.ts`, engine!.code);
  for (const [name, { code }] of Object.entries({ express: express!, koa: koa! })) {
    expect(code).toContain("app.listen(3000);");
    const served = code.replace("app.listen(3000);", "export const server = app.listen(0);");
    writeFileSync(`${folder}${name}.ts`, `import { engine } from "./engine.ts";\n${served}`);
  }
});

afterEach(() => {
  server.close();
  paid.mockClear();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function post(path: string, headers: Record<string, string>, body?: object): Promise<any> {
  const { port } = server.address() as AddressInfo;
  const json = body && { "content-type": "application/json" };
  const request = { method: "POST", headers: { ...json, ...headers }, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(`http://localhost:${port}${path}`, request);
  return { status: response.status, ...((await response.json()) as object) };
}

it.each(["express", "koa"])("what getting started says happens, happens: %s", async (framework) => {
  ({ server } = await import(/* @vite-ignore */ `${folder}${framework}.ts`));
  if (!server.listening) await once(server, "listening");
  const user = framework;
  const withdraw = (headers = {}, amount = "250.00") =>
    post("/withdrawals", { "x-user": user, ...headers }, { amount, payee: "DE02120300000000202051" });
  const answer = (path: string, token: string, body?: object) =>
    post(`/auth/v1/client/${path}`, { authorization: `Bearer ${token}` }, body);

  const first = await withdraw();
  expect(first).toMatchObject({ status: 403, code: "enrollment_required" });
  const { uri } = await answer("user-authenticators/totp", first.token);
  const app = URI.parse(uri) as TOTP;
  const before = app.generate({ timestamp: Date.now() - 30_000 });
  expect(await answer("verify/totp", first.token, { verificationCode: before })).toMatchObject({ isVerified: true });

  const asked = await withdraw();
  expect(asked).toMatchObject({ status: 403, code: "challenge_required", bound: { amount: "250.00" } });
  const { accessToken } = await answer("verify/totp", asked.token, { verificationCode: app.generate() });
  const token = { "action-token": accessToken };
  expect(await withdraw(token, "999.00")).toMatchObject({ status: 403, code: "action_parameters_changed" });
  expect(await withdraw(token)).toEqual({ status: 200, withdrawn: "250.00" });
  expect(await withdraw(token)).toMatchObject({ status: 409, code: "action_token_used" });
  expect(paid).toHaveBeenCalledExactlyOnceWith(user, "250.00", "DE02120300000000202051");
});
