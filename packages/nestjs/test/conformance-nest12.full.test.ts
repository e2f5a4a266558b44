import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { HttpException } from "nest12/common";
import { FastifyAdapter } from "nest12/platform-fastify";
import { expect, it, vi } from "vitest";
import { ActionRefused } from "../src/index.ts";
import { nestHarness } from "./harness.ts";
import { expressPlatform, fastifyPlatform } from "./platforms.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

vi.mock("@nestjs/common", () => import("nest12/common"));
vi.mock("@nestjs/core", () => import("nest12/core"));
vi.mock("@nestjs/platform-express", () => import("nest12/platform-express"));
vi.mock("@nestjs/platform-fastify", () => import("nest12/platform-fastify"));

it("runs on Nest 12, and on nothing of Nest 11", async () => {
  expect(ActionRefused.prototype).toBeInstanceOf(HttpException);
  expect(await import("@nestjs/platform-fastify")).toHaveProperty("FastifyAdapter", FastifyAdapter);
});

describeAdapterConformance({ name: "Nest 12 on Express", open: () => nestHarness(expressPlatform) });
describeAdapterConformance({ name: "Nest 12 on Fastify", open: () => nestHarness(fastifyPlatform) });
