import { createRequireAction } from "@require-action/fetch/sveltekit";
import { building } from "$app/environment";
import { guardOptions } from "./test.js";

/** None while SvelteKit builds: it loads the routes to see what they export, and there is no test then. */
export const requireAction = building ? undefined : createRequireAction(guardOptions);
