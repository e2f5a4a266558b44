#!/usr/bin/env node
// Stands in the repository, so that the command can be linked before anything is built.
await import("../dist/main.js");
