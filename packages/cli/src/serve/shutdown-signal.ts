/** Resolves at the first SIGTERM or SIGINT. Another one then ends the process at once, as if nobody had listened. */
export function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      process.off("SIGTERM", end);
      process.off("SIGINT", end);
      resolve();
    };
    process.on("SIGTERM", end);
    process.on("SIGINT", end);
  });
}
