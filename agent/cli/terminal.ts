/** What a command may touch besides the daemon. */
export interface Terminal {
  readonly isTty: boolean;
  out(text: string): void;
  err(text: string): void;
}
