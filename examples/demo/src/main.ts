import { startExample } from "@require-action-examples/bank";
import { createManualClock } from "@require-action/testing";
import { frameworks } from "./frameworks.ts";
import { playStory } from "./story.ts";
import { createTranscript } from "./transcript.ts";
import { createCuttableProvider, type CuttableProvider } from "./unreachable.ts";

const startedAt = performance.now();
const asked = process.argv.slice(2);
const names = asked.length === 0 ? ["express", "koa"] : asked.includes("all") ? [...frameworks.keys()] : asked;
const unknown = names.filter((name) => !frameworks.has(name));
if (unknown.length > 0) {
  console.error(`There is no example "${unknown[0]}". There are: ${[...frameworks.keys()].join(", ")}, or all.`);
  process.exit(1);
}

const transcript = createTranscript();
const titles: string[] = [];
for (const name of names) {
  const { title, load } = frameworks.get(name)!;
  const { createApp } = await load();
  // Codes of authenticator apps are good once, so the story has its own clock rather than waiting half a minute.
  const clock = createManualClock(Date.now());
  let line: CuttableProvider | undefined;
  const example = await startExample(createApp, {
    clock,
    connect: (engine) => (line = createCuttableProvider(engine)).provider,
  });
  transcript.chapter(title, 'POST /withdrawals behind requireAction("withdraw-funds")');
  await playStory(example, { clock, setReachable: line!.setReachable }, transcript);
  transcript.end();
  await example.close();
  titles.push(title);
}

const { surprises } = transcript;
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
if (surprises.length === 0) {
  console.log(`\nEvery answer was right in ${new Intl.ListFormat("en").format(titles)} (${seconds} s).`);
} else {
  console.error(
    `\n${surprises.length} steps answered otherwise:\n${surprises.map((surprise) => `  ✗ ${surprise}`).join("\n")}`,
  );
  process.exitCode = 1;
}
