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

/** How each framework of the guide listens, in its order, and how it does so here: on a port that is free. */
const frameworks: Readonly<Record<string, readonly [string, string]>> = {
  express: ["app.listen(3000);", "export const server = app.listen(0);"],
  koa: ["app.listen(3000);", "export const server = app.listen(0);"],
  fastify: ["await app.listen({ port: 3000 });", "await app.listen({ port: 0 });\nexport const { server } = app;"],
  hono: ["serve({ fetch: app.fetch, port: 3000 });", "export const server = serve({ fetch: app.fetch, port: 0 });"],
  nestjs: ["await app.listen(3000);", "await app.listen(0);\nexport const server = app.getHttpServer();"],
  decorators: ["app.listen(3000);", "export const server = app.listen(0);"],
};

/** Writes the guide's own code to files, with a payment that is watched. */
beforeAll(() => {
  process.env["ENGINE_SECRET"] = "any 32 bytes or more will do for tests";
  process.env["SEAL_SECRET"] = "other 32 bytes or more, the seal's own";
  (globalThis as { pay?: unknown }).pay = paid;
  const [engine, ...apps] = blocks("docs/getting-started.md").filter(({ language }) => language === "ts");
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify({ compilerOptions: { experimentalDecorators: true } }));
  writeFileSync(`${folder}engine.ts`, engine!.code);
  for (const [index, [name, [listens, listensHere]]] of Object.entries(frameworks).entries()) {
    const { code } = apps[index]!;
    expect(code).toContain(listens);
    const served = code.replace(listens, listensHere);
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

it.each(Object.keys(frameworks))("what getting started says happens, happens in %s", async (framework) => {
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
