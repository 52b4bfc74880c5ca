import { silentLogger } from "../../machinery/logger.ts";
import { TestServer } from "../testing/test-server.ts";
import { HttpsServer, type HttpsServerOptions } from "./https-server.ts";
import { ClientAuthorities } from "./peer-certificate.ts";
import { makeTestCertificates, type TestCertificates } from "./test-certificates.ts";

/** A test server behind HTTPS on a free port of loopback. */
export interface TestEdge {
  readonly test: TestServer;
  readonly server: HttpsServer;
  readonly certificates: TestCertificates;
  readonly port: number;
  close(): Promise<void>;
}

export async function startTestEdge(limits?: HttpsServerOptions["limits"]): Promise<TestEdge> {
  const certificates = await makeTestCertificates();
  const test = await TestServer.started();
  const server = new HttpsServer({
    handle: (request) => test.server.handle(request),
    upgrade: (request) => test.server.upgrade(request),
    certificate: certificates.server.certificate,
    key: certificates.server.key,
    clientAuthorities: new ClientAuthorities(certificates.ca),
    logger: silentLogger,
    ...(limits ? { limits } : {}),
  });
  const port = await server.listen(0, "127.0.0.1");
  return {
    test,
    server,
    certificates,
    port,
    async close() {
      test.server.close();
      await server.close(AbortSignal.abort());
    },
  };
}
