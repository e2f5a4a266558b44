/**
 * Goes round after round through all subjects, so that what disturbs the machine disturbs all alike, and starts each round
 * with another one, so that none always follows the same.
 */
export async function inRounds<Subject>(
  subjects: readonly Subject[],
  rounds: number,
  take: (subject: Subject, round: number) => Promise<void> | void,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      await take(subjects[(round + turn) % subjects.length]!, round);
    }
  }
}
