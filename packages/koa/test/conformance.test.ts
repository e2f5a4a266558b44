import { describeAdapterConformance } from "@require-action/conformance/adapter";
import Koa from "koa";
import { koaHarness } from "./harness.ts";

describeAdapterConformance({ name: "Koa 3", open: () => koaHarness(Koa) });
