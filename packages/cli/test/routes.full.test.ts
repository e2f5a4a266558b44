import { inFull, itInFull } from "@require-action-test/support/full";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { killAll, run } from "./command-process.ts";

// Each starts processes.
vi.setConfig({ testTimeout: 60_000 });

/** Each lists routes in a process of its own: other versions and more examples are for `npm run test:full`. */
const expressVersions = inFull ? ["express", "express4"] : ["express"];
const koaRouters: readonly (readonly [version: string, prefixed: string])[] = [
  ["@koa/router", "-"],
  ...(inFull ? [["koa-router13", "prefixed"] as const] : []),
];
const examples = inFull ? ["express", "koa", "fastify", "hono"] : ["express"];

const installed = fileURLToPath(new URL("../node_modules", import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-routes-"));
});
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true }));

/** An application of its own, with what it depends on; `express: "express4"` installs one package under another's name. */
function project(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
) {
  const root = join(folder, name);
  for (const [as, what] of Object.entries(dependencies)) {
    const link = join(root, "node_modules", as);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(installed, what)), link);
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return (file: string, ...args: readonly string[]) => run(["routes", join(root, file), ...args]).ended;
}

/** What an application has in front. */
const guards = (adapter: string) => `
  import { createRequireAction } from "@require-action/${adapter}";
  const never = async () => { throw new Error("nobody asks"); };
  const provider = { name: "none", track: never, validateChallenge: never, getAction: never };
  const ledger = { claim: never, release: never };
  const guard = createRequireAction({ provider, ledger, sealSecrets: ["s".repeat(32)], user: () => "alice" });
  const handler = () => undefined;
`;

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly guards: readonly { readonly action: string }[];
}

/** `POST /payments: pay, audit`, sorted. */
function summary(output: string): readonly string[] {
  return (JSON.parse(output) as Listed[])
    .map(
      ({ method, path, guards: found }) => `${method} ${path}: ${found.map(({ action }) => action).join(", ") || "-"}`,
    )
    .toSorted();
}

const expressApp = `
  import express from "express";
  import { createActionDecorator } from "@require-action/express";
  ${guards("express")}
  console.log("what an application prints");
  const app = express();
  app.use(express.json());
  app.post("/session", handler);
  app.post("/withdrawals", handler, guard("withdraw-funds", { bind: "none", observe: true }), handler);
  app.get("/balance", guard("read"), handler);
  app.post("/late", handler, guard("late"));
  app.post("/answered", (request, response) => response.end(), guard("too-late"), handler);
  app.post("/errors", (request, response, next) => next(), guard("errors"), handler, (error, request, response, next) => next(error));
  app.post("/errors/late", (request, response, next) => next(), guard("errors"), (error, request, response, next) => next(error));
  app.use(/^\\/spelt/, guard("small-letters"));
  app.post("/spelt", handler);
  app.route("/payees/:id").put(guard("change-payee"), handler).delete([guard("remove-payee"), [handler]]).get(handler);
  app.all("/everything", guard("everything"), handler);
  app.post(["/one", "/other"], guard("several"), handler);
  app.post(/^\\/pattern/, guard("pattern"), handler);
  app.post("/declared/:id", guard("declared-before"));
  app.post("/declared/:id", handler);

  app.use("/admin", guard("administrate"));
  const admin = express.Router();
  admin.post("/users", handler);
  admin.use("/users/:id/keys", guard("keys"));
  const users = express.Router({ mergeParams: true });
  users.delete("/", guard("remove-user"), handler);
  users.patch("/keys/:key", handler);
  users.patch("/notes", handler);
  admin.use("/users/:id", users);
  app.use("/admin", [admin]);
  app.post("/administrators", handler);

  const other = express();
  other.put("/settings", guard("settings"), handler);
  other.post("/open", handler);
  app.use(["/v1", "/v2"], other);

  const last = express.Router();
  last.use(guard("whole-router"));
  last.post("/inside", handler);
  last.post(/^\\/by-pattern/, handler);
  app.use(last);
  app.post("/after", handler);
  const decorated = createActionDecorator(guard)("decorated")(() => undefined, { kind: "method" });
  app.post("/decorated", handler, decorated);
  setInterval(() => undefined, 1000);
  export default app;
`;

const expressRoutes = [
  "GET /balance: read",
  "GET /everything: everything",
  "DELETE /admin/users/:id: administrate, remove-user",
  "DELETE /everything: everything",
  "DELETE /payees/:id: remove-payee",
  "PATCH /admin/users/:id/keys/:key: administrate, keys",
  "PATCH /admin/users/:id/notes: administrate",
  "PATCH /everything: everything",
  "POST /admin/users: administrate",
  "POST /administrators: -",
  "POST /after: -",
  "POST /answered: -",
  "POST /^\\/by-pattern/: whole-router",
  "POST /declared/:id: declared-before",
  "POST /decorated: decorated",
  "POST /errors/late: -",
  "POST /errors: errors",
  "POST /everything: everything",
  "POST /inside: whole-router",
  "POST /late: -",
  "POST /one: several",
  "POST /other: several",
  "POST /^\\/pattern/: pattern",
  "POST /session: -",
  "POST /spelt: -",
  "POST /v1/open: -",
  "POST /v2/open: -",
  "POST /withdrawals: withdraw-funds",
  "PUT /everything: everything",
  "PUT /payees/:id: change-payee",
  "PUT /v1/settings: settings",
  "PUT /v2/settings: settings",
];

describe("the routes of an Express application", () => {
  it.each(expressVersions)("are listed with the guards in front of each: %s", async (version) => {
    const dependencies = { express: version, "@require-action/express": "@require-action/express" };
    const routes = project(version, dependencies, { "app.mjs": expressApp });
    const { code, output, errors } = await routes("app.mjs", "--json");
    expect([code, errors]).toEqual([0, "what an application prints\n"]);
    expect(summary(output)).toEqual(expressRoutes.toSorted());
  });

  it.each(expressVersions)("have no guard that other spellings of the path get past: %s", async (version) => {
    const app = `
      import express from "express";
      ${guards("express")}
      export const app = express();
      app.set("case sensitive routing", true);
      app.use("/users/keys", guard("keys"));
      app.use("/users/notes", guard("notes"));
      const users = express.Router();
      users.post("/keys", handler);
      app.use("/users", users);
      const exact = express.Router({ caseSensitive: true });
      exact.post("/notes", handler);
      app.use("/users", exact);
      if ("${version}" === "express4") app.use("/slugs/:slug([a-z0-9-]+)", guard("slugs"));
      app.post("/slugs/:slug", handler);
    `;
    const dependencies = { express: version, "@require-action/express": "@require-action/express" };
    const { output } = await project(`spelt-${version}`, dependencies, { "app.mjs": app })("app.mjs", "--json");
    expect(summary(output)).toEqual(["POST /slugs/:slug: -", "POST /users/keys: -", "POST /users/notes: notes"]);
  });

  itInFull("are listed as unknown where another copy of Express has mounted them", async () => {
    const app = `
      import express from "another-express";
      ${guards("express")}
      export const app = express();
      const inner = express();
      inner.post("/unseen", handler);
      app.post("/seen", guard("seen"), handler);
      app.use("/guarded", guard("inner"), inner);
      app.use(inner);
    `;
    const dependencies = { "another-express": "express4", "@require-action/express": "@require-action/express" };
    const routes = project("another", dependencies, { "app.mjs": app });
    const [listed, required] = await Promise.all([routes("app.mjs", "--json"), routes("app.mjs", "--require")]);
    expect(summary(listed.output).filter((line) => line.startsWith("POST"))).toEqual([
      "POST (somewhere)/(an application): -",
      "POST (somewhere)/(an application): -",
      "POST /seen: seen",
    ]);
    expect(required.code).toBe(1);
  });

  it("are required to have an action, but for exceptions that are needed", async () => {
    const app = `
      import express from "express";
      ${guards("express")}
      export const app = express();
      app.post("/session", handler);
      app.post("/withdrawals", guard("withdraw-funds", { verificationMethods: ["PASSKEY"], when: () => true, claim: "handler" }), handler);
      app.post("/watched", guard("watched", { observe: true }), handler);
      app.get("/statements", guard("watched", { observe: true }), handler);
    `;
    const dependencies = { express: "express", "@require-action/express": "@require-action/express" };
    const routes = project("required", dependencies, { "app.mjs": app });
    const [plain, required, excepted] = await Promise.all([
      routes("app.mjs"),
      routes("app.mjs", "--require", "--except", "POST /session", "--except", "PUT /gone"),
      routes("app.mjs", "--require", "--except", "POST /session", "--except", "POST /watched"),
    ]);
    expect(plain).toEqual({
      code: 0,
      errors: "",
      output: `method  path          action          binding  unavailable  not enrolled  methods  notes
POST    /session      -
POST    /withdrawals  withdraw-funds  request  deny         enroll        PASSKEY  only when, handler claims
POST    /watched      watched         request  deny         enroll        any      only observes
GET     /statements   watched         request  deny         enroll        any      only observes
`,
    });
    expect([required.code, required.errors]).toEqual([
      1,
      "POST /watched has no action that stops anything.\n--except PUT /gone: there is no such route.\n",
    ]);
    expect([excepted.code, excepted.errors]).toEqual([0, ""]);
  });
});

/** Applications whose guards stand before CORS and behind one another; middleware is named as that of the CORS packages is. */
const badlyOrdered: Readonly<Record<string, readonly [dependencies: readonly string[], source: string]>> = {
  express: [
    ["express"],
    `import express from "express";
    ${guards("express")}
    export const app = express();
    const corsMiddleware = (req, res, next) => next();
    app.use("/admin", guard("administrate"));
    app.use(guard("watch", { observe: true }));
    app.use(corsMiddleware);
    app.use("/api", guard("use-api"));
    app.post("/admin/users", guard("add-user", { releaseOn: [400, 422] }), handler);
    app.post("/api/payments", guard("use-api"), handler);
    app.post("/api/refunds", guard("refund", { when: () => true }), handler);`,
  ],
  koa: [
    ["koa", "@koa/router"],
    `import Koa from "koa";
    import Router from "@koa/router";
    ${guards("koa")}
    export const app = new Koa();
    const router = new Router();
    router.use(guard("use-api"));
    router.post("/admin/users", guard("add-user", { releaseOn: [400, 422] }), handler);
    app.use(guard("administrate"));
    app.use(async function cors(ctx, next) { await next(); });
    app.use(router.routes());`,
  ],
  hono: [
    ["hono"],
    `import { Hono } from "hono";
    import { cors } from "hono/cors";
    ${guards("hono")}
    export const app = new Hono();
    app.use("/admin/*", guard("administrate"));
    app.use(cors());
    app.post("/admin/users", guard("add-user", { releaseOn: [400, 422] }), handler);`,
  ],
};

it.each(inFull ? Object.keys(badlyOrdered) : ["express"])(
  "C24, C68: says which guards stop preflights, and which cannot ask behind another: %s",
  async (adapter) => {
    const [frameworks, source] = badlyOrdered[adapter]!;
    const names = [...frameworks, `@require-action/${adapter}`];
    const dependencies = Object.fromEntries(names.map((name) => [name, name]));
    const routes = project(`ordered-${adapter}`, dependencies, { "app.mjs": source });
    const { code, output, errors } = await routes("app.mjs", "--require");
    const rows = output.split("\n").map((line) => line.split(/ {2,}/).filter((cell) => cell !== ""));
    const notesOf = (path: string, action: string): string | undefined =>
      rows.find((row) => row[1] === path && row[2] === action)?.[7];
    expect(notesOf("/admin/users", "administrate")).toBe("before CORS, stops preflights");
    const before = adapter === "koa" ? "administrate and use-api and add-user" : "administrate and add-user";
    expect(notesOf("/admin/users", "add-user")).toBe("given back on 400 422, may not ask behind administrate");
    expect([code, errors]).toEqual([
      1,
      `POST /admin/users demands ${before}: a request brings one approval, for one action.\n`,
    ]);
    if (adapter === "express") {
      expect(notesOf("/api/payments", "use-api")).toBeUndefined();
      expect(notesOf("/admin/users", "watch")).toBe("only observes");
      expect(notesOf("/api/refunds", "refund")).toBe("only when");
    }
  },
);

itInFull("lists the routes of routing-controllers, guarded by UseBefore", async () => {
  const app = `
    import "reflect-metadata";
    import express from "express";
    import { Controller, Post, UseBefore, useExpressServer } from "routing-controllers";
    ${guards("express")}
    class Withdrawals { create() {} list() {} }
    const decorate = (name, ...decorators) => decorators.forEach((one) => one(Withdrawals.prototype, name, {}));
    decorate("create", UseBefore(guard("withdraw-funds")), Post("/withdrawals"));
    decorate("list", Post("/search"));
    Controller()(Withdrawals);
    export default useExpressServer(express(), { controllers: [Withdrawals] });
  `;
  const ofExpress = (name: string): [string, string] => [name, `../../express/node_modules/${name}`];
  const names = ["routing-controllers", "reflect-metadata", "class-transformer", "class-validator"].map(ofExpress);
  const dependencies = { express: "express", "@require-action/express": "@require-action/express" };
  const routes = project("controllers", { ...dependencies, ...Object.fromEntries(names) }, { "app.mjs": app });
  const { code, output, errors } = await routes("app.mjs", "--json");
  expect([code, errors]).toEqual([0, ""]);
  expect(summary(output)).toEqual(["POST /search: -", "POST /withdrawals: withdraw-funds"]);
});

const koaApp = `
  import Koa from "koa";
  import Router from "@koa/router";
  ${guards("koa")}
  const app = new Koa();
  const router = new Router({ prefix: "/api", sensitive: true });
  router.post("/session", handler);
  router.post("/withdrawals", handler, guard("withdraw-funds"), handler);
  router.get("/balance", handler);
  router.get("/statements", guard("statements"), handler);
  router.use("/payees", guard("payees"));
  router.put("/payees/:id", handler);
  router.post("/payeesque", handler);
  router.post("/late", handler, guard("late"));
  router.post("/answered", (ctx) => {}, guard("too-late"), handler);
  const nested = new Router({ sensitive: true });
  nested.use(guard("nested"));
  nested.delete("/:id", guard("remove"), handler);
  router.use("/things", nested.routes());
  const behind = new Router();
  behind.patch("/settings", handler);
  app.use(router.routes());
  app.use(guard("behind"));
  app.use(behind.routes());
  export const createApp = async () => app;
`;

describe("the routes of a Koa application", () => {
  it.each(koaRouters)("are listed with the guards in front of each: %s", async (version) => {
    const dependencies = { koa: "koa", "@koa/router": version, "@require-action/koa": "@require-action/koa" };
    const routes = project(version.replace("/", "-"), dependencies, { "app.mjs": koaApp });
    const { code, output, errors } = await routes("app.mjs", "--json");
    expect([code, errors]).toEqual([0, ""]);
    expect(summary(output)).toEqual([
      "DELETE /api/things/:id: nested, remove",
      "GET /api/statements: statements",
      "PATCH /settings: behind",
      "POST /api/answered: -",
      "POST /api/late: -",
      "POST /api/payeesque: -",
      "POST /api/session: -",
      "POST /api/withdrawals: withdraw-funds",
      "PUT /api/payees/:id: payees",
    ]);
  });
});

it.each(koaRouters)(
  "lists no guard that other spellings of a Koa route's path get past: %s",
  async (version, prefixed) => {
    const app = `
    import Koa from "koa";
    import Router from "@koa/router";
    ${guards("koa")}
    export const app = new Koa();
    const router = new Router();
    router.post(/^\\/spelt/, guard("small-letters"));
    router.post("/spelt", handler);
    router.use("/payees", guard("payees"));
    router.post("/payees/:id", handler);
    // Where @koa/router 15 has a prefix, what it uses is for small letters only.
    const prefixed = new Router({ prefix: "/api" });
    prefixed.use(guard("prefixed"));
    prefixed.post("/payments", handler);
    app.use(router.routes()).use(prefixed.routes());
  `;
    const dependencies = { koa: "koa", "@koa/router": version, "@require-action/koa": "@require-action/koa" };
    const { output } = await project(`spelt-${version.replace("/", "-")}`, dependencies, { "app.mjs": app })(
      "app.mjs",
      "--json",
    );
    expect(summary(output)).toEqual([`POST /api/payments: ${prefixed}`, "POST /payees/:id: payees", "POST /spelt: -"]);
  },
);

const fastifyApp = `
  import Fastify from "fastify";
  import { requireActionPlugin } from "@require-action/fastify";
  ${guards("fastify")}
  export default async function () {
    const app = Fastify();
    await app.register(requireActionPlugin, { provider, ledger, sealSecrets: ["s".repeat(32)], user: () => "alice" });
    app.post("/session", async () => ({}));
    app.get("/balance", async () => ({}));
    app.get("/statements", { preHandler: app.requireAction("statements") }, async () => ({}));
    app.post("/withdrawals", { preHandler: app.requireAction("withdraw-funds") }, async () => ({}));
    app.route({ method: ["PUT", "PATCH"], url: "/payees/:id", preHandler: [async () => {}, guard("payee")], handler: async () => ({}) });
    app.register(async (child) => {
      child.post("/early", async () => ({}));
      child.addHook("preHandler", guard("child"));
      child.post("/late", async () => ({}));
      child.register(async (grandchild) => void grandchild.delete("/deep", async () => ({})), { prefix: "/below" });
    }, { prefix: "/child" });
    app.addHook("onRoute", (route) => {
      if (route.url === "/added") route.preHandler = guard("added");
    });
    app.post("/added", async () => ({}));
    return app;
  }
`;

describe("the routes of a Fastify application", () => {
  it.each(inFull ? ["fastify", "fastify5.0"] : ["fastify"])(
    "are listed with the guards in front of each, hooks too: %s",
    async (version) => {
      const dependencies = { fastify: version, "@require-action/fastify": "@require-action/fastify" };
      const routes = project(version, dependencies, { "app.mjs": fastifyApp });
      const { code, output, errors } = await routes("app.mjs", "--json");
      expect([code, errors]).toEqual([0, ""]);
      expect(summary(output)).toEqual([
        "DELETE /child/below/deep: child",
        "GET /statements: statements",
        "PATCH /payees/:id: payee",
        "POST /added: added",
        "POST /child/early: child",
        "POST /child/late: child",
        "POST /session: -",
        "POST /withdrawals: withdraw-funds",
        "PUT /payees/:id: payee",
      ]);
    },
  );
});

describe("the routes of a Hono application", () => {
  it("are listed with the guards in front of each", async () => {
    const app = `
      import { Hono } from "hono";
      ${guards("hono")}
      const app = new Hono();
      const reply = (c) => c.text("");
      app.post("/session", reply);
      app.post("/withdrawals", async (c, next) => next(), guard("withdraw-funds"), reply);
      app.post("/late", () => new Response(), guard("late"));
      app.post("/answered", reply, guard("too-late"), reply);
      app.post("/twice", reply);
      app.post("/twice", guard("too-late"), reply);
      app.use("/admin/*", guard("administrate"));
      const admin = new Hono();
      admin.onError((error, c) => c.text("", 500));
      admin.put("/users/:id", guard("change-user"), reply);
      admin.all("/all", reply);
      app.route("/admin", admin);
      app.post("/administrators", reply);
      app.get("/balance", reply);
      export default app;
    `;
    const dependencies = { hono: "hono", "@require-action/hono": "@require-action/hono" };
    const { code, output, errors } = await project("hono", dependencies, { "app.mjs": app })("app.mjs", "--json");
    expect([code, errors]).toEqual([0, ""]);
    expect(summary(output)).toEqual([
      "DELETE /admin/all: administrate",
      "GET /admin/all: administrate",
      "PATCH /admin/all: administrate",
      "POST /admin/all: administrate",
      "POST /administrators: -",
      "POST /answered: -",
      "POST /late: -",
      "POST /session: -",
      "POST /twice: -",
      "POST /withdrawals: withdraw-funds",
      "PUT /admin/all: administrate",
      "PUT /admin/users/:id: administrate, change-user",
    ]);
  });
});

it.each(examples)("lists the routes of the repository's own example: %s", async (name) => {
  const file = fileURLToPath(new URL(`../../../examples/${name}-withdraw/src/routes.ts`, import.meta.url));
  const { code, output, errors } = await run(["routes", file, "--json"]).ended;
  expect([code, errors]).toEqual([0, ""]);
  expect(summary(output).filter((line) => !line.includes(" /auth/"))).toEqual([
    "POST /session: -",
    "POST /withdrawals: withdraw-funds",
  ]);
});

itInFull("an entry may be TypeScript, CommonJS, a router, and have another name", async () => {
  const dependencies = {
    express: "express",
    "@require-action/express": "@require-action/express",
    tsx: "../../../node_modules/tsx",
  };
  const routes = project("entries", dependencies, {
    "app.ts": `import express, { type Express } from "express";
        const other: Express = express(); other.post("/typed", () => {}); export { other };`,
    "app.cjs": `const express = require("express");
        const { createRequireAction } = require("@require-action/express");
        const never = async () => {};
        const provider = { name: "none", track: never, validateChallenge: never, getAction: never };
        const guard = createRequireAction({ provider, ledger: { claim: never, release: never }, sealSecrets: ["s".repeat(32)] });
        const router = express.Router();
        router.post("/required", guard("pay"), () => {});
        module.exports = router;`,
  });
  const [typed, required] = await Promise.all([
    routes("app.ts", "--json", "--export", "other"),
    routes("app.cjs", "--json"),
  ]);
  expect([typed.errors, summary(typed.output)]).toEqual(["", ["POST /typed: -"]]);
  expect([required.errors, summary(required.output)]).toEqual(["", ["POST /required: pay"]]);
});

itInFull("an entry that will not do is told of", async () => {
  const routes = project(
    "wrong",
    { express: "express" },
    {
      "none.mjs": "export const application = {};",
      "other.mjs": "export default { listen() {} };",
      "broken.mjs": "throw new Error('no database');",
      "nest.mjs": "export default { getHttpAdapter() {} };",
      "empty.mjs": "import express from 'express'; export default express();",
      "ending.mjs": "process.exit(0);",
      "failing.mjs": "setInterval(() => {}, 1000); export default () => { throw new Error('no settings'); };",
    },
  );
  const ended = await Promise.all(
    [["none.mjs"], ["other.mjs"], ["broken.mjs"], ["nest.mjs"], ["failing.mjs"], ["ending.mjs"], ["no.mjs"], []].map(
      ([file, ...args]) => (file === undefined ? run(["routes", "--require"]).ended : routes(file, ...args)),
    ),
  );
  expect(ended.map(({ code, errors }) => `${code} ${errors.replaceAll(/\S*\//g, "").trim()}`)).toEqual([
    "2 none.mjs: There is no export default, app or createApp. Export the application, or a function that makes it.",
    "2 other.mjs: Its export is not an Express, Koa, Fastify or Hono application.",
    "1 broken.mjs could not be loaded: no database",
    "2 NestJS applications cannot be listed. At start, NestJS itself refuses a decorated method without its guard.",
    "1 failing.mjs: The application could not be created: no settings",
    "1 ending.mjs ended the process before its routes were listed.",
    "2 no.mjs: There is no such file.",
    "2 FILE is missing. See require-action routes --help.",
  ]);
  expect(await routes("empty.mjs", "--require")).toMatchObject({
    code: 1,
    errors: "No route that changes something was found.\n",
  });
  expect(await routes("empty.mjs", "--except", "/session")).toMatchObject({ code: 2 });
});
