// Ends with 0 while the application answers.
const url = process.env.HEALTH_URL ?? "http://127.0.0.1:3000/healthz";
const isOk = await fetch(url, { signal: AbortSignal.timeout(2_500) }).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(isOk ? 0 : 1);
