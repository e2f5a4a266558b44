const [name] = process.argv.slice(2);
const rssBefore = process.memoryUsage.rss();
const startedAt = performance.now();
const names = name === "nothing" ? [] : Object.keys(await import(name!));
const milliseconds = performance.now() - startedAt;
process.send!({ milliseconds, rssBytes: process.memoryUsage.rss() - rssBefore, exports: names.length });
process.disconnect();
