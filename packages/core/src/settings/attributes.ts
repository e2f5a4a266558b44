import * as v from "valibot";
import { option } from "../options/option.ts";
import { defineOptions, type OptionsSchema } from "../options/read-options.ts";
import type { TrackAttributes } from "../provider/provider.ts";

/** Data for the provider beyond the client context; `custom` holds the data points that rules evaluate. */
export type ActionAttributes = {
  readonly [Name in "email" | "phoneNumber" | "username" | "locale" | "custom"]?: TrackAttributes[Name] | undefined;
};

const text = option.matching((value) => typeof value === "string", "must be a string");

/** The attributes that an application may pass to the provider. */
export const attributesSchema: OptionsSchema<ActionAttributes> = defineOptions<ActionAttributes>({
  required: {},
  optional: {
    email: text,
    phoneNumber: text,
    username: text,
    locale: text,
    custom: v.record(
      v.string(),
      option.matching(
        (value) => typeof value === "string" || typeof value === "boolean" || Number.isFinite(value),
        "must be a string, a boolean or a finite number",
      ),
      "must be an object",
    ),
  },
});
