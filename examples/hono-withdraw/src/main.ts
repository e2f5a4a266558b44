import { serveExample } from "@require-action-examples/bank";
import { createApp } from "./app.ts";

await serveExample("Hono", createApp);
