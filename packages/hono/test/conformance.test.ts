import { createAdaptorServer } from "@hono/node-server";
import { adapterConformance } from "@require-action/testing/conformance";
import { Hono } from "hono";
import { Hono as Hono46 } from "hono4.6";
import { createAdaptorServer as createAdaptorServer2 } from "node-server2";
import { honoHarness } from "./harness.ts";

adapterConformance(honoHarness("Hono 4", { Hono, createAdaptorServer }));
adapterConformance(honoHarness("Hono 4 on node-server 2", { Hono, createAdaptorServer: createAdaptorServer2 }));
adapterConformance(honoHarness("Hono 4.6", { Hono: Hono46, createAdaptorServer }));
