/** One request that was answered. */
export interface LoggedRequest {
  /** Milliseconds since the epoch, of the cluster's time. */
  at: number;
  user: string;
  method: string;
  /** With the query. */
  path: string;
  status: number;
}

const mostLogged = 5000;

/** The newest requests. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  /** Where the oldest is, once all room is taken. */
  #oldest = 0;

  /** Copies, oldest first. */
  get entries(): LoggedRequest[] {
    return [...this.#entries.slice(this.#oldest), ...this.#entries.slice(0, this.#oldest)].map((entry) => ({ ...entry }));
  }

  add(entry: LoggedRequest): void {
    if (this.#entries.length < mostLogged) this.#entries.push(entry);
    else {
      this.#entries[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % mostLogged;
    }
  }
}
