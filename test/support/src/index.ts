export { hasChromium, launchChromium } from "./chromium.ts";
export { serve, type Served } from "./serve.ts";
export { addVirtualAuthenticator, type VirtualAuthenticator } from "./virtual-authenticator.ts";
