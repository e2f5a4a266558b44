import type { AppOptions } from "@require-action-examples/bank";

/** By this the bank's parts are injected, as interfaces leave nothing behind that Nest could find. */
export const APP_OPTIONS: unique symbol = Symbol("APP_OPTIONS");

export type { AppOptions };
