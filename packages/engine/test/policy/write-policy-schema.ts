// Writes packages/engine/policy.schema.json. From the root, after changing the schemas of the parser:
//   node scripts/source.mjs packages/engine/test/policy/write-policy-schema.ts && npx prettier --write packages/engine
import { writeFileSync } from "node:fs";
import { policyJsonSchema } from "./policy-json-schema.ts";

writeFileSync(new URL("../../policy.schema.json", import.meta.url), `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
