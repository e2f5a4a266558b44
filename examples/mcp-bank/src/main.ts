// An assistant starts this and speaks to it over stdio: whatever is for people goes to the standard error.
import { getRequestListener } from "@hono/node-server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { startExample } from "@require-action-examples/bank";
import { createGuard } from "@require-action/core";
import { createMemoryInbox } from "@require-action/mcp";
import { toNodeHandler } from "@require-action/server/client-api";
import { createBankServer } from "./bank-server.ts";
import { createPages } from "./pages.ts";

const { PORT = "3000", BANK_USER: user = "alice" } = process.env;

try {
  const { url } = await startExample(
    ({ url, provider, sealSecrets, bank, auth, sessions, guard: settings }) => {
      const guard = createGuard({ provider, sealSecrets, redirectOrigins: [url], ...settings });
      const inbox = createMemoryInbox({ pageUrl: `${url}/approvals`, returnUrl: `${url}/approvals/return` });
      serveStdio(() => createBankServer({ guard, inbox, bank, user }));
      const pages = getRequestListener(createPages({ url, sessions, guard, inbox }).fetch);
      const challenges = toNodeHandler(auth);
      return (req, res) => void (req.url?.startsWith("/auth/") ? challenges(req, res) : pages(req, res));
    },
    { port: Number(PORT), onEmail: ({ to, code }) => console.error(`e-mail to ${to}: ${code}`) },
  );
  console.error(`The example bank is open at ${url}: set up a passkey there.`);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
  console.error(`Port ${PORT} is taken. Choose another one with PORT.`);
  process.exitCode = 1;
}
// The assistant has gone.
process.stdin.on("end", () => process.exit());
