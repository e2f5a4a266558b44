/** Where lines go. */
export interface Terminal {
  write(line: string): void;
  warn(line: string): void;
}
