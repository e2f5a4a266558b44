import { randomBytes } from "node:crypto";
import { isLoopbackHost } from "@require-action/core/options";
import type { Delivery, Engine, EngineOptions } from "@require-action/engine";
import {
  createEventLog,
  createOutbox,
  type EventLog,
  hashPassword,
  type DevOptions,
  type Reviewer,
  type ServerOptions,
} from "@require-action/server";
import { type PolicyCase, readPolicyCases } from "../policy/policy-cases.ts";
import { urlHost } from "./listen.ts";
import { editablePolicyFile } from "./editable-policy-file.ts";
import { createRequestLog } from "./request-log.ts";
import type { ServeSettings } from "./serve-settings.ts";

type DevCase = ReturnType<NonNullable<DevOptions["cases"]>>[number];

const PASSWORD_BYTES = 12;

/** A reviewer for this run. */
interface MadeReviewer {
  readonly id: string;
  readonly password: string;
  readonly hashed: Promise<Reviewer>;
}

/** What `--dev` adds to an engine and its server. */
export interface DevMode {
  readonly delivery: Required<Delivery>;
  readonly events: EventLog;
  readonly engineOptions: Pick<EngineOptions, "onEvent">;
  readonly serverOptions: Pick<ServerOptions, "dev">;
  /** The engine; each link that it makes is printed for the developer. */
  withLinks(engine: Engine): Engine;
  makeReviewer(): MadeReviewer;
  /** What the developer has to know. */
  introduction(made: Introduction): string;
}

/** Where things are, and what was made for this run. */
interface Introduction {
  readonly origin: string;
  /** What `/console` is appended to. */
  readonly console: string;
  readonly apiSecret?: string | undefined;
  readonly reviewer?: MadeReviewer;
}

/** What development is on top of. */
interface DevParts {
  readonly write: (line: string) => void;
  readonly actionCodes: () => readonly string[];
  /** Asked for only once there is one. */
  readonly engine: () => Engine;
}

export function createDevMode(
  { host, admin, tenantId, policyFile, policyStore, casesFile }: ServeSettings,
  { write, actionCodes, engine }: DevParts,
): DevMode {
  let home: string | undefined;
  const log = createRequestLog(write, (url) => (home === undefined ? url : `${home}${outbox.shortPath(url)}`));
  const given = casesFile === undefined ? undefined : readPolicyCases(casesFile).map(buttonOf);
  const cases = (): readonly DevCase[] =>
    given ?? actionCodes().map((action) => ({ name: action, userId: "alice", action, attributes: {} }));
  const outbox = createOutbox({ onEntry: log.onEntry });
  const isLocal = isLoopbackHost(urlHost(admin?.host ?? host));
  const { delivery } = outbox;
  const events = createEventLog();
  const policy = policyFile === undefined || policyStore ? undefined : editablePolicyFile(policyFile, engine);

  return {
    delivery,
    events,
    engineOptions: { onEvent: log.onEvent },
    serverOptions: { dev: { outbox, isLocal, events, cases, ...(policy && { policy }) } },
    withLinks: (engine) => ({
      ...engine,
      async track(request, options) {
        const answer = await engine.track(request, options);
        const { userId, action } = request;
        if (answer.url !== undefined) outbox.addLink({ userId, action, url: answer.url });
        return answer;
      },
    }),
    makeReviewer() {
      const id = "reviewer";
      const password = randomBytes(PASSWORD_BYTES).toString("base64url");
      return {
        id,
        password,
        hashed: hashPassword(password).then((passwordHash) => ({ id, passwordHash, role: "administer" })),
      };
    },
    introduction({ origin, console, apiSecret, reviewer }) {
      // Elsewhere a short link would ask for the API secret.
      if (isLocal) home = origin;
      const lines = [
        ["page", `${origin}/${isLocal ? "" : " (with the API secret)"}`],
        ["API URL", `${origin}/v1`],
        ["tenant", tenantId],
        ...(apiSecret === undefined ? [] : [["API secret", `${apiSecret} (made for this run)`]]),
        ["outbox", `${origin}/dev/outbox${isLocal ? "" : " (with the API secret)"}`],
        ["events", `${origin}/dev/events`],
        ["gallery", `${origin}/dev/gallery`],
        [
          "console",
          `${console}/console${reviewer === undefined ? "" : ` (${reviewer.id}, password ${reviewer.password})`}`,
        ],
        ["policy", policyStore ? "the newest version in the store" : `${policyFile}, watched`],
      ];
      return [...lines.map(([name = "", value]) => `  ${name.padEnd(12)}${value}`), "", log.header].join("\n");
    },
  };
}

/** What a case is given of the request; facts are for the engine to find out. */
function buttonOf({ name, action, given: { userId, attributes } }: PolicyCase): DevCase {
  return { name, userId, action, attributes };
}
