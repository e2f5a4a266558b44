// Ends with 0 while the server answers /healthz with 200, which it does while its store answers. HEALTH_URL names another port or
// https; a certificate is for the server's public name, so it is not looked at on the way to this same container.
import { get as getByHttp } from "node:http";
import { get as getByHttps } from "node:https";

const url = new URL(process.env.HEALTH_URL ?? "http://127.0.0.1:4100/healthz");
const get = url.protocol === "https:" ? getByHttps : getByHttp;
const request = get(url, { rejectUnauthorized: false, timeout: 2_500 }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
});
request.on("error", () => process.exit(1));
request.on("timeout", () => process.exit(1));
