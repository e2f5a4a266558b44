import type { TestProcess } from "./run-process.ts";

/** Has all processes claim the same approval at once, round after round, and tells how many claims were won in each. */
export async function winnersOf(processes: readonly TestProcess[], rounds: number): Promise<readonly number[]> {
  const winners: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const process of processes) process.send(String(round));
    const won = await Promise.all(processes.map((process) => process.line()));
    winners.push(won.map(Number).reduce((sum, one) => sum + one));
  }
  return winners;
}
