import {
  All,
  type CanActivate,
  Controller,
  type DynamicModule,
  Get,
  HttpCode,
  type INestApplication,
  Module,
  type ModuleMetadata,
  Post,
  Req,
  type Type,
} from "@nestjs/common";
import type { AdapterHarness, ServedApp, ServedRoute } from "@require-action/conformance/adapter";
import {
  ACTION_GUARD,
  type ActionGuard,
  approvedAction,
  assertActionPassed,
  RequireAction,
  RequireActionModule,
} from "../src/index.ts";
import type { Platform } from "./platforms.ts";

/** Makes what `RequireAction` and the module are; replaced by adapters that are broken on purpose. */
export interface Adapter {
  readonly RequireAction: typeof RequireAction;
  forRoot(options: ServedApp["guard"]): DynamicModule;
  guardOf(app: INestApplication): ActionGuard;
}

const VERBS = { get: Get, post: Post, all: All };

/** Reaches the Nest adapter on this platform. */
export function nestHarness(
  platform: Platform,
  { RequireAction: Guarded, forRoot, guardOf }: Adapter = {
    RequireAction,
    forRoot: (options) => RequireActionModule.forRoot(options),
    guardOf: (app) => app.get(ACTION_GUARD),
  },
): AdapterHarness {
  return {
    bodyOf: (request) => request.body,
    approvedAction,
    assertActionPassed,
    async serve({ guard, prefix, routes, parseBody, onGuard }) {
      const imports = [forRoot(guard)];
      const module = createModule({ imports, controllers: [createController(routes, Guarded)] });
      const app = await platform.create(module, { parseBody });
      app.useGlobalGuards(signInByHeader);
      app.setGlobalPrefix(prefix);
      await platform.start(app);
      onGuard(guardOf(app));
      return app.getHttpServer();
    },
  };
}

/** A module as if it had been written with a decorator. */
export function createModule(metadata: ModuleMetadata): Type {
  const module = blankClass();
  Module(metadata)(module);
  return module;
}

function blankClass(): Type {
  // oxlint-disable-next-line typescript/no-extraneous-class -- decorators make something of it
  return class {};
}

/** A controller as if it had been written with decorators. */
function createController(routes: readonly ServedRoute[], Guarded: typeof RequireAction): Type {
  const Bank = blankClass();
  const taken = new Set<string>();
  for (const { method, path, guards, handle } of routes) {
    // Fastify has one route for a method and a path, and in Nest nothing stands behind a handler anyway.
    if (taken.has(method + path)) continue;
    taken.add(method + path);
    const name = `${method} ${path}`;
    const decorators = guards.map(({ action, options }) => Guarded(action, options));
    const value = (request: object): unknown => handle(request, decorators);
    Object.defineProperty(Bank.prototype, name, { value, configurable: true });
    const descriptor = Object.getOwnPropertyDescriptor(Bank.prototype, name)!;
    Req()(Bank.prototype, name, 0);
    for (const decorate of decorators) decorate(Bank.prototype, name, descriptor);
    HttpCode(200)(Bank.prototype, name, descriptor);
    VERBS[method](path)(Bank.prototype, name, descriptor);
  }
  Controller()(Bank);
  return Bank;
}

/** Keeps users where sign-in guards of Nest do. */
export const signInByHeader: CanActivate = {
  canActivate(context) {
    const request = context.switchToHttp().getRequest();
    const id = request.headers["x-test-user"];
    if (id) request.user = { id };
    return true;
  },
};
