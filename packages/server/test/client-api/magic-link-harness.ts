import type { MagicLinkMessage } from "@require-action/engine/server";
import { type Answer, send } from "@require-action-test/support/send";
import { createHarness as createServerHarness, type Harness } from "../harness.ts";

export const email = "alice@bank.example";

interface Opened {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A served engine that sends links, and the browsers around it. */
export interface MagicHarness extends Harness {
  readonly links: MagicLinkMessage[];
  /** Tracks a challenged action of alice's; `client` calls the Client API with a token. */
  tracked(attributes?: object): Promise<{
    readonly token: string;
    readonly client: (token: string, path: string, body?: object) => Promise<Answer>;
  }>;
  /** Opens a link, in any browser. */
  open(url: string): Promise<Opened>;
  /** Sends the form of a link's page. */
  match(url: string, number: string, headers?: Readonly<Record<string, string>>): Promise<Opened>;
}

export async function createHarness({ sends = true } = {}): Promise<MagicHarness> {
  const links: MagicLinkMessage[] = [];
  const delivery = sends ? { sendMagicLink: (message: MagicLinkMessage) => void links.push(message) } : {};
  const harness = await createServerHarness({ engine: { delivery } });
  const here = (url: string): string => url.replace("https://bank.example", harness.origin);
  const opened = async (response: Response): Promise<Opened> => {
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  };

  return {
    ...harness,
    links,
    async tracked(attributes = {}) {
      const { token } = await harness.sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
      return {
        token,
        client: (bearer, path, body) =>
          send(`${harness.origin}/v1/client/${path}`, "POST", body, { authorization: `Bearer ${bearer}` }),
      };
    },
    open: async (url) => opened(await fetch(here(url), { redirect: "manual" })),
    async match(url, number, headers = {}) {
      const body = new URLSearchParams({ link: new URL(url).searchParams.get("link") ?? "", number });
      const target = `${harness.origin}/magic-link`;
      return opened(await fetch(target, { method: "POST", body, headers, redirect: "manual" }));
    },
  };
}

/** Gives alice a mailbox that links go to. */
export async function enrolledMailbox({ engine }: Pick<Harness, "engine">): Promise<void> {
  await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_MAGIC_LINK", email });
}
