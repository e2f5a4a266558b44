import { validate, ValidationSeverity } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import { read } from "../workspace.ts";
import { readStages } from "./image-steps.ts";

const text = read("deploy/Dockerfile");
const stages = readStages(text);
const images = stages.filter(({ name }) => name !== "build");

describe("deploy/Dockerfile", () => {
  it("has no mistake and no warning", () => {
    const problems = validate(text, { instructionWorkdirRelative: ValidationSeverity.ERROR });
    expect(problems.map(({ message, range }) => [range.start.line + 1, message])).toEqual([]);
  });

  it("is seen to be wrong where it is", () => {
    expect(validate("FROM node:24-slim\nWROKDIR /app\n")).not.toEqual([]);
    expect(() => readStages("FROM node:24-slim AS a\nONBUILD RUN true\n")).toThrow("ONBUILD");
  });

  it("has images for the server and the application, on a slim Node of a fixed major version", () => {
    expect(images.map(({ name }) => name)).toEqual(["app", "server"]);
    expect(new Set(stages.map(({ base }) => base))).toEqual(new Set(["node:24-slim"]));
  });

  it("copies from the context for the build alone, and from the build for the images", () => {
    const copies = stages.flatMap(({ steps }) => steps.filter((step) => step.kind === "copy"));
    expect(copies.map(({ from }) => from)).toEqual([undefined, "build", "build"]);
  });

  it.each(images)("$name runs as a user of no name and no rights, by number, with exec forms", (image) => {
    expect(image.user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(image.environment).toEqual({ NODE_ENV: "production" });
    expect(image.entrypoint[0]).toBe("node");
    expect(image.healthcheck).toEqual(["node", "healthcheck.mjs"]);
    // Nothing is made, installed or changed in an image: it is what the build has put out, and belongs to root.
    expect(image.steps.map(({ kind }) => kind)).toEqual(["copy"]);
  });

  it("names no secret: no build argument, and no variable but NODE_ENV", () => {
    expect(text).not.toMatch(/^\s*ARG\b|SECRET=|PASSWORD=|TOKEN=/im);
    const ignored = read("deploy/Dockerfile.dockerignore").split("\n");
    expect(ignored).toEqual(expect.arrayContaining([".git", "**/node_modules", "**/.env", "deploy/secrets.yaml"]));
  });
});
