import type { Page } from "playwright-core";

/** The authenticator that is built into a page's device, or plugged into it. */
export interface VirtualAuthenticator {
  /** Makes it find that its user is not its owner, as with a wrong finger. */
  refuse(refuses: boolean): Promise<void>;
  /** Makes it wait for a touch that does not come. */
  hesitate(hesitates: boolean): Promise<void>;
}

/**
 * Gives a page's device an authenticator that needs nobody to touch it.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/
 */
export async function addVirtualAuthenticator(
  page: Page,
  transport: "internal" | "usb" = "internal",
): Promise<VirtualAuthenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    refuse: async (refuses) =>
      void (await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: !refuses })),
    hesitate: async (hesitates) =>
      void (await cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: !hesitates })),
  };
}
