import { describeAdapterConformance } from "@require-action/conformance/adapter";
import type Koa from "koa";
import koa2 from "koa2";
import { koaHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

describeAdapterConformance({ name: "Koa 2", open: () => koaHarness(koa2 as unknown as typeof Koa) });
