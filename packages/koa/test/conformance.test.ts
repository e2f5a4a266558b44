import { adapterConformance } from "@require-action/testing/conformance";
import koa3 from "koa";
import koa2 from "koa2";
import { koaHarness } from "./harness.ts";

adapterConformance(koaHarness("Koa 3", koa3));
adapterConformance(koaHarness("Koa 2", koa2 as unknown as typeof koa3));
