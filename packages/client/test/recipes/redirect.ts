import { createActionFetch, redirect, resumeRedirect } from "@require-action/client";

export const actionFetch = createActionFetch({ present: redirect() });

// On the page that the guard's `redirectUrl` names, before the router reads the address:
const resumed = await resumeRedirect(actionFetch);
if (resumed) console.log(resumed.action, resumed.response.status);
