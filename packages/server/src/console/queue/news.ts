import { type Engine } from "@require-action/engine";
import { isId } from "@require-action/core/provider";
import { streamed } from "../../http/reply.ts";
import { outcomeOf } from "../page/describe-action.ts";
import { countText, findCases, PAGE_SIZE, parseFilter, scopeOf } from "./review-filter.ts";

/** How often the store is asked. */
const POLL_MS = 5_000;
/** Then the browser asks anew, and whoever has been signed out meanwhile is told so. A server that stops waits no longer. */
const LIFETIME_MS = 60_000;
/** More are not told apart. */
const MOST_NEW = 99;

/** What a page of the queue learns while it is open. */
interface News {
  /** How many are open, as the page shows it. */
  readonly open: string;
  /** Open reviews that came since the page was made. */
  readonly fresh: number;
  /** Reviews of the page that are not open any more, and what became of them. */
  readonly decided: readonly { readonly id: string; readonly text: string }[];
}

/**
 * Streams news of a page as server-sent events. All of it is asked of the store, so that it does not matter which process a
 * decision was made by; nothing is kept between two requests. `isLive` says whether the reviewer is still signed in.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function newsReply(search: URLSearchParams, engine: Engine, isLive: () => Promise<boolean>): Promise<Response> {
  const scope = scopeOf(parseFilter(search));
  const since = Number(search.get("since") ?? Number.NaN);
  const ids = (search.get("cases") ?? "").split(",").filter(isId).slice(0, PAGE_SIZE);

  async function look(): Promise<News> {
    const [counts, fresh, cases] = await Promise.all([
      engine.reviews.count({ ...scope, mayLag: true }),
      Number.isSafeInteger(since)
        ? engine.actions.query({ ...scope, state: "REVIEW_REQUIRED", from: since + 1, limit: MOST_NEW, mayLag: true })
        : undefined,
      ids.length === 0 ? [] : findCases(engine, ids),
    ]);
    const decided = cases.flatMap((action) => {
      const text = outcomeOf(action, engine);
      return text === undefined ? [] : [{ id: action.actionId, text }];
    });
    return { open: countText(counts.open), fresh: fresh?.items.length ?? 0, decided };
  }

  async function* events(): AsyncGenerator<string, undefined> {
    yield `retry: ${POLL_MS}\n\n`;
    let before = "";
    for (let left = LIFETIME_MS; left > 0; left -= POLL_MS) {
      if (!(await isLive())) return yield "event: ended\ndata: {}\n\n";
      const news = JSON.stringify(await look());
      // A comment keeps proxies from closing what is silent.
      yield news === before ? ": nothing new\n\n" : `event: news\ndata: ${news}\n\n`;
      before = news;
      await pass(POLL_MS);
    }
    return undefined;
  }

  return streamed(events(), { "content-type": "text/event-stream" });
}

/** Waits without keeping a process that has nothing else to do. */
function pass(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
