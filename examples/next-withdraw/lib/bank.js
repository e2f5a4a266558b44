import { createRequireAction } from "@require-action/fetch/next";
import { headers } from "next/headers";

/** What is behind the routes, by the bank that `src/app.ts` serves: Next builds its routes before there is one. */
const served = new WeakMap();

/** The bank of this process, with its guards. */
export function bank() {
  const options = globalThis[Symbol.for("require-action-examples.bank")];
  if (!served.has(options)) served.set(options, serve(options));
  return served.get(options);
}

function serve({ url, provider, bank, sessions, sealSecrets, auth, guard, parseWithdrawal, isUserName, readPageFile }) {
  const sessionOf = (request) => sessions.find(request.headers.get("cookie") ?? undefined);
  const { guarded, serverAction } = createRequireAction({
    provider,
    sealSecrets,
    user: (request) => sessionOf(request)?.userId,
    session: (request) => sessionOf(request)?.id,
    headers,
    ...guard,
  });

  /** What a client asks for; throws where it is nothing to withdraw. */
  const readWithdrawal = (input) => {
    const withdrawal = parseWithdrawal(input);
    if (typeof withdrawal === "string") throw new TypeError(withdrawal);
    return withdrawal;
  };
  const withdraw = async ({ userId, bound, release }) => {
    if (bank.withdraw({ userId, ...bound })) return true;
    // Nothing happened, so the approval need not be lost.
    await release();
    return false;
  };

  return {
    auth,
    readPageFile,
    async signIn(request) {
      const { user } = (await request.json().catch(() => undefined)) ?? {};
      if (!isUserName(user)) return Response.json({ error: "user must be a name such as alice" }, { status: 400 });
      return Response.json({ user }, { headers: { "set-cookie": sessions.signIn(user) } });
    },
    balance(request) {
      const userId = sessionOf(request)?.userId;
      if (!userId) return Response.json({ error: "sign in first" }, { status: 401 });
      return Response.json({ user: userId, balance: bank.balance(userId), currency: "EUR" });
    },
    /** For the route. */
    withdraw: guarded(
      "withdraw-funds",
      {
        bind: async (request) => readWithdrawal(await request.json()),
        attributes: async (request) => ({ custom: { payeeCountry: (await request.json()).payee.slice(0, 2) } }),
        redirectUrl: `${url}/?mode=redirect`,
      },
      async (approved) => {
        const { bound, userId } = approved;
        if (!(await withdraw(approved))) return Response.json({ error: "insufficient funds" }, { status: 422 });
        return Response.json({ withdrawn: bound.amount, balance: bank.balance(userId) });
      },
    ),
    /** For the server action. */
    transfer: serverAction(
      "withdraw-funds",
      {
        bind: readWithdrawal,
        attributes: ({ payee }) => ({ custom: { payeeCountry: payee.slice(0, 2) } }),
      },
      async (approved) => {
        if (!(await withdraw(approved))) return { error: "insufficient funds" };
        return { withdrawn: approved.bound.amount, balance: bank.balance(approved.userId) };
      },
    ),
  };
}
