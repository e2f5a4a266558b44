import { createAdaptorServer } from "@hono/node-server";
import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { Hono } from "hono";
import { Hono as Hono46 } from "hono4.6";
import { createAdaptorServer as createAdaptorServer2 } from "node-server2";
import { honoHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

describeAdapterConformance({ name: "Hono 4", open: () => honoHarness({ Hono, createAdaptorServer }) });
describeAdapterConformance({
  name: "Hono 4 on node-server 2",
  open: () => honoHarness({ Hono, createAdaptorServer: createAdaptorServer2 }),
});
describeAdapterConformance({ name: "Hono 4.6", open: () => honoHarness({ Hono: Hono46, createAdaptorServer }) });
