/** How many failovers each test plays: 3 by default, as in CI; `MACHINE_ROUNDS=50` for the figures of docs/OPERATIONS.md. */
export const rounds = Number(process.env["MACHINE_ROUNDS"] ?? 3);
