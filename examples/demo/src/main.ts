import { startExample } from "@require-action-examples/bank";
import { createApp as createExpressApp } from "@require-action-examples/express-withdraw";
import { createApp as createKoaApp } from "@require-action-examples/koa-withdraw";
import { createManualClock } from "@require-action/testing";
import { playStory } from "./story.ts";
import { createTranscript } from "./transcript.ts";
import { createCuttableProvider, type CuttableProvider } from "./unreachable.ts";

const startedAt = performance.now();
const transcript = createTranscript();

for (const [framework, createApp] of [
  ["Express", createExpressApp],
  ["Koa", createKoaApp],
] as const) {
  // Codes of authenticator apps are good once, so the story has its own clock rather than waiting half a minute.
  const clock = createManualClock(Date.now());
  let line: CuttableProvider | undefined;
  const example = await startExample(createApp, {
    clock,
    connect: (engine) => (line = createCuttableProvider(engine)).provider,
  });
  transcript.chapter(`${framework}: POST /withdrawals behind requireAction("withdraw-funds")`);
  await playStory(example, { clock, setReachable: line!.setReachable }, transcript);
  await example.close();
}

const { surprises } = transcript;
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
if (surprises.length === 0) {
  console.log(`\nEvery step answered as it should, in Express and in Koa, in ${seconds} s.`);
} else {
  console.error(
    `\n${surprises.length} steps answered otherwise:\n${surprises.map((surprise) => `  ✗ ${surprise}`).join("\n")}`,
  );
  process.exitCode = 1;
}
