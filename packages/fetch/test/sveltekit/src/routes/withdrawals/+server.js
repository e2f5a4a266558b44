import { requireAction } from "../../guard.js";

export const POST = requireAction?.guarded(
  "withdraw-funds",
  { bind: async ({ request }) => ({ amount: (await request.json()).amount }) },
  async ({ bound, userId }, { request }) =>
    Response.json({ withdrawn: bound.amount, by: userId, received: await request.json() }),
);
