/** Money as people write it: a decimal string with up to two places. */
const AMOUNT = /^(?:0|[1-9]\d{0,8})(?:\.\d{1,2})?$/;

/** What the bank was told to do. */
export interface Withdrawal {
  readonly userId: string;
  readonly amount: string;
  readonly currency: string;
  readonly payee: string;
}

/** A bank that keeps accounts in memory, in cents. */
export interface Bank {
  balance(userId: string): string;
  /** Moves the money, or tells that there is not enough and moves nothing. */
  withdraw(withdrawal: Withdrawal): boolean;
  /** Every withdrawal so far, oldest first. */
  readonly withdrawals: readonly Withdrawal[];
}

/** Creates a bank in which everyone starts with the same balance. */
export function createBank(startingBalance = "20000.00"): Bank {
  const cents = new Map<string, bigint>();
  const withdrawals: Withdrawal[] = [];
  const centsOf = (userId: string): bigint => cents.get(userId) ?? toCents(startingBalance);
  return {
    balance: (userId) => fromCents(centsOf(userId)),
    withdrawals,
    withdraw(withdrawal) {
      const left = centsOf(withdrawal.userId) - toCents(withdrawal.amount);
      if (left < 0n) return false;
      cents.set(withdrawal.userId, left);
      withdrawals.push(withdrawal);
      return true;
    },
  };
}

/** What a client asks for, or why it cannot be done. */
export function parseWithdrawal(body: unknown): Omit<Withdrawal, "userId"> | string {
  const { amount, currency, payee } = (body ?? {}) as Record<string, unknown>;
  if (typeof amount !== "string" || !AMOUNT.test(amount) || /^0(?:\.0*)?$/.test(amount)) {
    return 'amount must be a decimal string such as "250.00"';
  }
  if (currency !== "EUR") return "currency must be EUR";
  if (typeof payee !== "string" || !/^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(payee)) return "payee must be an IBAN";
  return { amount, currency, payee };
}

function toCents(amount: string): bigint {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, "0"));
}

function fromCents(cents: bigint): string {
  return `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
}
