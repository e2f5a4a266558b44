import { requireAction } from "./guard.js";
import { testOf } from "./test.js";

export async function handle({ event, resolve }) {
  const id = event.request.headers.get("x-test-user");
  if (id) event.locals.user = { id };
  if (testOf(event)?.parseBody === false) await event.request.text();
  // By its route: other paths lead there too, such as /%68ooked.
  if (event.route.id !== "/hooked") return resolve(event);
  const bind = async ({ request }) => ({ amount: (await request.json()).amount });
  return requireAction(event, "withdraw-funds", { bind }, () => resolve(event));
}

export const handleError = () => ({ message: "Internal Server Error" });
