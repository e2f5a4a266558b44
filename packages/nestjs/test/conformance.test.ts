import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { nestHarness } from "./harness.ts";
import { expressPlatform, fastifyPlatform } from "./platforms.ts";

describeAdapterConformance({ name: "Nest 11 on Express", open: () => nestHarness(expressPlatform) });
describeAdapterConformance({ name: "Nest 11 on Fastify", open: () => nestHarness(fastifyPlatform) });
