/** A request that is answered with an error. The agent's API tells errors as plain text. */
export class RequestRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "RequestRefusal";
    this.status = status;
  }
}
