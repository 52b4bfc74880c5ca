import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** How to reach a server under test. */
export interface Endpoint {
  port: number;
  /** PEM. */
  authority: string;
  certificate: string;
  key: string;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Bytes of the body; the body itself is kept only for who asks. */
  length: number;
  body: Buffer | undefined;
}

export interface RequestOptions {
  body?: string;
  contentType?: string;
  headers?: OutgoingHttpHeaders;
  keepBody?: boolean;
}

/** A client with a client certificate, of either HTTP version. */
export abstract class ApiClient {
  abstract request(method: string, path: string, options?: RequestOptions): Promise<Answer>;

  /** Opens a stream that stays, such as a watch; resolves when the answer's head is there. `onEnd` is told when the server ends it. */
  abstract open(path: string, onData: (chunk: Buffer) => void, onEnd: (error?: Error) => void): Promise<void>;

  abstract close(): void;

  /** As `request`, and throws when the answer isn't a success. */
  async expect(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const answer = await this.request(method, path, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body?.toString().slice(0, 500) ?? ""}`);
    return answer;
  }
}
