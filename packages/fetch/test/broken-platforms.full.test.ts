import { adapterCasesOf, findFailingCases, type ServedApp } from "@require-action/conformance/adapter";
import { expect, it } from "vitest";
import type { Platform } from "../src/request/platform.ts";
import { requireActionOf } from "../src/handler/require-action.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";
import { platformHarness, type TestPlatform } from "./harness.ts";
import { platforms } from "./platforms.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

const plain: TestPlatform = platforms["Request → Response"];

/** The plain platform, described otherwise. */
function described(change: Partial<Platform<[Request]>>): TestPlatform {
  const user = (request: Request): string | null => request.headers.get("x-test-user");
  const create = (options: ServedApp["guard"]): ReturnType<TestPlatform["create"]> =>
    requireActionOf({ request: (request: Request) => request, ...change }, { user, ...options });
  return { ...plain, create };
}

const broken: readonly (readonly [how: string, group: string, platform: TestPlatform])[] = [
  [
    "takes every body for none",
    "e",
    described({ known: () => ({ body: { sent: false, read: true, value: undefined } }) }),
  ],
  ["binds the path without the query", "d", described({ known: ({ url }) => ({ target: new URL(url).pathname }) })],
  [
    "runs the handler whatever the guard says",
    "a",
    {
      ...plain,
      create(options) {
        const { guard, guarded } = plain.create(options);
        return {
          guard,
          guarded: (action: string, own: any, handler: any): any => {
            const real = guarded(action, own, handler);
            const careless = async (...args: [Request]): Promise<Response> => {
              const answered = await real(...args);
              return answered.ok ? answered : handler(undefined, ...args);
            };
            return Object.assign(careless, { approved: real.approved });
          },
        };
      },
    },
  ],
];

it.each([..."ade"])(
  "the adapter conformance suite is green on a platform that is described right (%s)",
  async (group) => {
    const open = () => platformHarness(plain);
    expect(await findFailingCases(adapterCasesOf(group), open)).toEqual([]);
  },
);

it.each(broken)("the adapter conformance suite is red on a platform that %s", async (_how, group, platform) => {
  const open = () => platformHarness(platform);
  expect(await findFailingCases(adapterCasesOf(group), open, { atOnce: true })).not.toEqual([]);
});
