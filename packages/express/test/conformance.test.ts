import { describeAdapterConformance } from "@require-action/conformance/adapter";
import express5 from "express";
import { expressHarness } from "./harness.ts";

describeAdapterConformance({ name: "Express 5", open: () => expressHarness(express5) });
