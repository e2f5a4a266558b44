import { Authsignal } from "@authsignal/browser";
import { authsignalLaunch, createActionFetch, outOfBand } from "@require-action/client";

const otherwise = authsignalLaunch(new Authsignal({ tenantId: "bank" }));
export const actionFetch = createActionFetch({ present: outOfBand({ otherwise }) });
