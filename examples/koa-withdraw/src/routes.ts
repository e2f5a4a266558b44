import { unservedOptions } from "@require-action-examples/bank";
import { createKoaApp } from "./app.ts";

/** For `require-action routes`, which loads the application and lists what guards it. */
export const app = createKoaApp(unservedOptions());
