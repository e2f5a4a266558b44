import * as v from "valibot";
import type { TrackAttributes } from "./provider.ts";

/** Data for the provider beyond the client context; `custom` holds the data points that rules judge. */
export type ActionAttributes = {
  readonly [Name in "email" | "phoneNumber" | "username" | "locale" | "custom"]?: TrackAttributes[Name] | undefined;
};

/** What an application may tell the provider about an action. */
export const attributesSchema: v.GenericSchema<unknown, ActionAttributes> = v.strictObject({
  email: v.optional(v.string()),
  phoneNumber: v.optional(v.string()),
  username: v.optional(v.string()),
  locale: v.optional(v.string()),
  custom: v.optional(v.record(v.string(), v.union([v.string(), v.boolean(), v.pipe(v.number(), v.finite())]))),
});
