// Writes packages/engine/policy.schema.json. After changing the schemas of the parser: `npm run schema` in packages/engine.
import { writeFileSync } from "node:fs";
import { policyJsonSchema } from "./policy-json-schema.ts";

writeFileSync(new URL("../../policy.schema.json", import.meta.url), `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
