import { createAdaptorServer } from "@hono/node-server";
import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { Hono } from "hono";
import { honoHarness } from "./harness.ts";

describeAdapterConformance({ name: "Hono 4", open: () => honoHarness({ Hono, createAdaptorServer }) });
