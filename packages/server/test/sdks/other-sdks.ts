import { dotnet } from "./dotnet.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { ruby } from "./ruby.ts";
import type { Sdk } from "./sdk.ts";

/** Authsignal's server SDKs for languages that need no runtime here: what each sends and parses, as its code has it. */
export const otherSdks: readonly Sdk[] = [go, java, php, python, ruby, dotnet];
