import { describeAdapterConformance } from "@require-action/conformance/adapter";
import type Koa from "koa";
import koa2 from "koa2";
import { koaHarness } from "./harness.ts";

describeAdapterConformance({ name: "Koa 2", open: () => koaHarness(koa2 as unknown as typeof Koa) });
