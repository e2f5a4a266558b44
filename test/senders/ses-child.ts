// Sends by the recipe in a process of its own: the tests' loader reads files of the AWS SDK that are for bundlers.
import { createMessageTexts } from "@require-action/server";
import { createSesSender } from "./ses-sender.ts";

const { endpoint, message, giveUpAfterMs } = JSON.parse(process.argv[2] ?? "{}");
const texts = createMessageTexts({ dataPoints: () => new Map() }, { appName: "Acme Bank" });
const send = createSesSender("codes@bank.example", texts, {
  endpoint,
  region: "eu-central-1",
  credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "sesame" },
  maxAttempts: 1,
});
const signal = giveUpAfterMs === undefined ? new AbortController().signal : AbortSignal.timeout(giveUpAfterMs);
const result = await send(message, signal).then(
  () => "sent",
  (error: Error) => error.name,
);
console.log(result);
