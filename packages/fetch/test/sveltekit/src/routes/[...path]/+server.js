import { testOf } from "../../test.js";

export const trailingSlash = "ignore";

export const fallback = (event) => testOf(event).answer(event);
