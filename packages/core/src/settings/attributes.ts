import * as v from "valibot";
import { bareCopy, createNullProtoRecord } from "../lib/own-members.ts";
import { option } from "../options/option.ts";
import { defineOptions, type OptionsSchema } from "../options/read-options.ts";
import type { CustomValue, TrackAttributes } from "../provider/provider.ts";
import { RequireActionError } from "../reply/errors.ts";
import { Refusal } from "../reply/refusal.ts";

type ProfileName = "email" | "phoneNumber" | "username" | "locale";

/**
 * Data for the provider beyond the client context; `custom` holds the data points that rules evaluate. `null` and an empty text
 * are what databases and forms hold where there is nothing, and count as absent; in `custom`, `null` alone does.
 */
export type ActionAttributes = {
  readonly [Name in ProfileName]?: TrackAttributes[Name] | null | undefined;
} & { readonly custom?: Readonly<Record<string, CustomValue | null | undefined>> | null | undefined };

/** The attributes that are there. */
export type PresentAttributes = Pick<TrackAttributes, ProfileName | "custom">;

const text = option.matching((value) => typeof value === "string" || value === null, "must be a string");
const isCustomValue = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "boolean" || Number.isFinite(value) || isNothing(value);

/** The attributes that an application may pass to the provider. */
export const attributesSchema: OptionsSchema<ActionAttributes> = defineOptions<ActionAttributes>({
  required: {},
  optional: {
    email: text,
    phoneNumber: text,
    username: text,
    locale: text,
    custom: v.nullable(
      v.record(
        v.string(),
        option.matching(isCustomValue, "must be a string, a boolean or a finite number"),
        "must be an object",
      ),
    ),
  },
});

/**
 * Reads what the `attributes` resolver returned.
 * @throws RequireActionError `resolver_failed` that names the attribute, for what only the application can mend
 * @throws Refusal `request_unresolvable` for data points, which often come from the client
 */
export function parseAttributes(returned: unknown): PresentAttributes {
  const result = v.safeParse(attributesSchema, bareCopy(returned), { abortEarly: true });
  if (result.success) return presentAttributes(result.output);
  const [{ path = [], message }] = result.issues;
  const [name, ...within] = path.map(({ key }) => String(key));
  // Names within custom, and others that are no attribute's, may be the client's, so none is quoted.
  if (name === "custom" && within.length > 0) {
    throw new Refusal("request_unresolvable", `the attributes resolver returned a data point that ${message}`);
  }
  const names = Object.keys(attributesSchema.entries);
  throw new RequireActionError("resolver_failed", {
    detail:
      name === undefined
        ? "the attributes resolver must return an object"
        : names.includes(name)
          ? `the attributes resolver: ${name} ${message}`
          : `the attributes resolver returned a member other than ${names.join(", ")}`,
  });
}

/** The attributes without those that are null or empty. */
export function presentAttributes({ custom, ...profile }: ActionAttributes): PresentAttributes {
  const present = createNullProtoRecord<unknown>();
  for (const [name, value] of Object.entries(profile)) if (!isNothing(value) && value !== "") present[name] = value;
  if (!isNothing(custom)) {
    present["custom"] = Object.fromEntries(Object.entries(custom ?? {}).filter(([, value]) => !isNothing(value)));
  }
  return present as PresentAttributes;
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
