/** The content of a file that may change while the server runs. Whoever reads it closes it. */
export interface FollowedText {
  readonly current: string;
  /** Calls back with what it has changed to. */
  follow(listener: (text: string) => void): void;
}
