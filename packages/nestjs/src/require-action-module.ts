import {
  type BeforeApplicationShutdown,
  ConfigurableModuleBuilder,
  type ConfigurableModuleCls,
  Inject,
  Module,
  type OnModuleInit,
  Scope,
} from "@nestjs/common";
import { ModuleRef } from "@nestjs/core";
import { type ActionOptions, ConfigurationError, createGuard, type Guard } from "@require-action/core";
import type { AdapterOptions } from "@require-action/core/adapter";
import { memberOf } from "@require-action/core/options";
import { ACTION_GUARD, type ActionGuard } from "./action-guard.ts";
import { assertStillGuarded } from "./guarded-methods.ts";

/** Options of `RequireActionModule`: a guard's, where `user` is `request.user.id`, as a sign-in guard leaves it, by default. */
export type NestGuardOptions = AdapterOptions<any>;

/**
 * Options of an action on a Nest route. Resolvers receive the platform's request, Express's or Fastify's, with the body as the
 * client sent it: no pipe has run yet.
 */
export type NestActionOptions<Request extends object = any> = ActionOptions<Request>;

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<NestGuardOptions>()
  .setClassMethodName("forRoot")
  .setExtras({}, (definition) => ({ ...definition, global: true }))
  .build();
const ConfigurableModule: ConfigurableModuleCls<NestGuardOptions, "forRoot"> = ConfigurableModuleClass;

/**
 * Provides every module's `RequireAction` with provider and settings: `forRoot(options)`, or `forRootAsync({ inject, useFactory })`
 * and the like. Wrong options, as a `ConfigurationError`, end the start of the application. When the application closes, the
 * guard stops before connections do.
 *
 * @example
 * @Module({ imports: [RequireActionModule.forRoot({ provider, sealSecrets: [process.env.SEAL_SECRET ?? ""] })] })
 * class AppModule {}
 */
export class RequireActionModule extends ConfigurableModule implements OnModuleInit, BeforeApplicationShutdown {
  readonly #modules: ModuleRef;
  #guard: ActionGuard | undefined;

  constructor(modules: ModuleRef) {
    super();
    this.#modules = modules;
  }

  /** Refuses to start where a decorated method would run unguarded. @throws ConfigurationError */
  onModuleInit(): void {
    assertStillGuarded();
    // A guard for each request would remember no approval that another one has used.
    if (this.#modules.introspect(ACTION_GUARD).scope !== Scope.DEFAULT) {
      throw new ConfigurationError("forRootAsync", "must not depend on the request: resolvers receive it");
    }
    this.#guard = this.#modules.get<ActionGuard>(ACTION_GUARD);
  }

  /** Stops the guard: takes no more requests, and waits for those under way. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#guard?.stop();
  }
}
Inject(ModuleRef)(RequireActionModule, undefined, 0);
Module({
  providers: [{ provide: ACTION_GUARD, inject: [MODULE_OPTIONS_TOKEN], useFactory: createCoreGuard }],
  exports: [ACTION_GUARD],
})(RequireActionModule);

function createCoreGuard(options: NestGuardOptions): Guard<object> {
  return createGuard<object>(options, { factory: "RequireActionModule.forRoot", user: signedInUser });
}

function signedInUser(request: object): string | number | undefined {
  return memberOf(memberOf(request, "user"), "id") as string | number | undefined;
}
