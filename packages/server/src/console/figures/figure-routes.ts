import type { Clock } from "@require-action/core";
import type { Engine } from "@require-action/engine";
import type { Endpoint } from "../../http/dispatcher.ts";
import type { ConsoleKit } from "../people/console-kit.ts";
import { figureExport } from "./figure-export.ts";
import { parseFigureQuery } from "./figure-range.ts";
import { figuresPage } from "./figures-page.ts";

/** How long a page waits for what has come since the last count. */
const PATIENCE_MS = 250;

/** The pages of figures over time, for everybody who is signed in. */
export function figureEndpoints(
  engine: Engine,
  clock: Clock,
  { signedIn, show }: Pick<ConsoleKit, "show" | "signedIn">,
): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/figures",
      respond: signedIn(async (_request, { searchParams }, session) => {
        const query = parseFigureQuery(searchParams);
        await countSoon(engine);
        const content = await figuresPage(engine, query, clock.now());
        return show(session, { title: "Figures", current: "figures" }, content);
      }),
    },
    {
      method: "GET",
      path: "/figures-export",
      respond: signedIn(async (_request, { searchParams }) => {
        const query = parseFigureQuery(searchParams);
        await countSoon(engine);
        return figureExport(engine, searchParams.get("figure"), query, clock.now());
      }),
    },
  ];
}

/** Has figures counted where it is time; what takes longer, or fails, is there with a later page. */
async function countSoon({ figures }: Engine): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<false>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, false)));
  await Promise.race([figures.count().catch(() => false), patience]);
  clearTimeout(timer);
}
