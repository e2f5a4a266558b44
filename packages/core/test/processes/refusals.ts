// A process of its own, as NODE_DEBUG and DEBUG are read when a guard is created. Sends requests that are refused.
import { readyToken } from "@require-action/testing";
import { createHarness, replyOf, type Route } from "../harness.ts";

const { provider, route } = createHarness();
provider.answer("CHALLENGE_REQUIRED");
const bind = ({ body }: { readonly body?: any }) => ({ amount: body.details.amount, payee: body.details.payee });
const bound = route({ bind });
const ask = async (send: Route, amount: string, token?: string) => {
  const body = { details: { amount, payee: "a bound payee" } };
  return { body: JSON.parse(replyOf(await send({ body, token })).body) };
};

const token = await readyToken(provider, () => ask(bound, "10.00"));
await ask(bound, "999.77", token);
await bound({ body: { message: "a\nforged line" } });
await bound({ user: undefined });
await route({
  user: () => {
    throw new TypeError("what 999.77 the\n    at client (sent)");
  },
})().catch(() => {});
await route({ observe: true, user: () => undefined })();
