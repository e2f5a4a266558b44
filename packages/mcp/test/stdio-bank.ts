// A server over stdio, as an assistant starts it, with a door beside it for the test that plays the user.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createBank } from "./bank.ts";

// Over stdio, the credentials are the environment's: https://modelcontextprotocol.io/specification/basic/authorization
const bank = createBank({ user: () => process.env["BANK_USER"] });
serveStdio(bank.createServer);

const doors: Readonly<Record<string, (given: string) => unknown>> = {
  approve: (number) => bank.approve(number),
  decline: () => bank.decline(),
  paid: () => bank.paid,
  open: (user) => bank.inbox.open(user),
  secrets: () => bank.secrets(),
  answer: (state) =>
    bank.provider.answer(state === "NOT_ENROLLED" ? { state: "ALLOW", isEnrolled: false } : (state as never)),
};

const door = createServer(async ({ url }, res) => {
  const { pathname, searchParams } = new URL(url!, "http://door");
  res.end(JSON.stringify((await doors[pathname.slice(1)]!(searchParams.get("given") ?? "")) ?? null));
});
door.listen(0, "127.0.0.1", () => process.stderr.write(`${(door.address() as AddressInfo).port}\n`));
process.stdin.on("end", () => process.exit());
