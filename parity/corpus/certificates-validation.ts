import { asTable, damagedCreates, of } from "../damages.ts";
import { create, get, put, type Sequence } from "../sequences.ts";

const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
/** Of `O=devs, CN=jane`, with an RSA key. */
const pem =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ1l6Q0NBVXNDQVFBd0hqRU5NQXNHQTFVRUNnd0VaR1YyY3pFTk1Bc0dBMV" +
  "VFQXd3RWFtRnVaVENDQVNJdwpEUVlKS29aSWh2Y05BUUVCQlFBRGdnRVBBRENDQVFvQ2dnRUJBSjZLeDlDMkE5bmtaQVovcDBvN205RG5XVmwx" +
  "CkpjKzRwOUV6ZnFIallQbmRJSjBnWDg0aVhoTFRrQ3dpUG1HYzVvOEIzbEhxNXlOZE1oUjNOZ0FLazVVaVZHclQKcnZNT0dYNmVOUHNmWjNZbl" +
  "F6aHFqZFkyWmlvcFhjQ2E5d2hxMXhCUVdiNUVCN205Rm9yemJjNlVpV3EzUnphNQpaMk5iS1dEU1p0aCtNZ2pwQXArdnh1Z1d2NVJaMlZOcm9E" +
  "MWY5T0NiZml5NDIwcGRzNm9qQ1lhVlF0U2lpUHdqCnMrRklmQUh3dnhwRjBUOVBXcUVmWmJkQ0pHTzgvTXkzUnNsbzc2dmhERTBXdEFLQVVSMX" +
  "NiRFJDMHh5RmZMWjQKWTVHSHdJc3FCdlZBNjFPVmthV2RNRWhCcSt2d1VYdVFad2RRRk53M2Rxc0Y1MmhVK3ZGdzBRcS9PUnNDQXdFQQpBYUFB" +
  "TUEwR0NTcUdTSWIzRFFFQkN3VUFBNElCQVFDRzh4a0YvM0V5OWs5eWN1TWlvV1BlMWFPd0taR3MwTkI4CisvRlh6WDZpdDV0ak1tUmYxY3dpdF" +
  "pIMFkxM3NtaUFTbDJHQk83MmNtRHFtS3hRZmhpak1NVFBDWjh4Tlh4ZjkKVkdISGxnbTBIQ1htOGs0WGFmN1lmRlQ0cngwOG8yNUpCUisyblc5" +
  "blNweDN6UzdEelVFeXkyTXY5bG1CZnNPNwp1VTJqRUwxMlBhNFg3ek5mcVkxNkhPVitSaFU0eVNvSmFzcXdxSGNrMWFLQ2ZDZW1iUHAxZUU1d1" +
  "ZWSGRCdHB1CmlEdTg5ekxPSWdRaHE3QjMzcGtzT0hmT25zeFRhNEdrU2xVcm1EV1lERldOZjBobVdJZy8wb215TXNMUFR1SnYKdWlsQjYzM0Vj" +
  "aEwzTG1LYTU5VmU1clZuazVGKzMwMXh2YjZrdkNCejR6bWlDWC9xcW1FTAotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";
/** A certificate that nobody signed for this request: the server doesn't look whom it is of. */
const certificate =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJjekNDQVJtZ0F3SUJBZ0lVZWNxR2NjWGNIcDg2aVVJOHMwYlltYkFmNmpRd0NnWUlLb1" +
  "pJemowRUF3SXcKRHpFTk1Bc0dBMVVFQXd3RWFtRnVaVEFlRncweU5qRXhNakV3TmpNek5ERmFGdzB6TlRBeU1EY3dOak16TkRGYQpNQTh4RFRB" +
  "TEJnTlZCQU1NQkdwaGJtVXdXVEFUQmdjcWhrak9QUUlCQmdncWhrak9QUU1CQndOQ0FBVGlENGxBCkhLbFljZkl6ekZGWVFwTXdiQm1HVVR6dH" +
  "Z3dkhzRDZPTnVxRy9tbWs0YTg5d1VqSDdCRnNhaXZGdjU2QTdhV00KZ082QmFaOUtpM2x2aHVuYW8xTXdVVEFkQmdOVkhRNEVGZ1FVMkZHVGFs" +
  "ckdiMTdJSGt6N1dUczdVY1JWL0hJdwpId1lEVlIwakJCZ3dGb0FVMkZHVGFsckdiMTdJSGt6N1dUczdVY1JWL0hJd0R3WURWUjBUQVFIL0JBVX" +
  "dBd0VCCi96QUtCZ2dxaGtqT1BRUURBZ05JQURCRkFpRUE2dWxsNHl5UU9TS2FpVkEydGtpNWRXbHE0b2d6bit6UERYWXUKbXdTaGhaTUNJQkly" +
  "YWZGOHlRYXRhUmdNSmNabEtIa2tkSlNwUk1TaTgvNWdLK0JxbUFzRQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==";
const request = {
  metadata: { name: "csr-{u}" },
  spec: { request: pem, signerName: "example.com/signer", expirationSeconds: 3600, usages: ["client auth", "digital signature"] },
};
const condition = (type: string, more: object = {}) => ({ type, status: "True", reason: "R", message: "m", ...more });
const statusOf = (status: object, subresource: string) => put(`${requests}/csr-{u}/${subresource}`, { ...request, status });
/** Times of conditions are the server's. */
const conditions = (body: unknown) => {
  const { status, ...rest } = body as { status?: { conditions?: { type: string; status: string }[] } };
  if (!status?.conditions) return { status, message: (rest as { message?: string }).message };
  return { ...status, conditions: status.conditions.map((one) => [one.type, one.status]) };
};
const pick = { pick: conditions };

const sequences: Sequence[] = [
  ...of(
    "requests",
    damagedCreates(requests, request, [
      ["spec", undefined],
      ["spec.request", "bm90IHBlbQ=="],
      ["spec.request", "not base64!"],
      ["spec.usages", []],
      ["spec.usages", ["client auth", "client auth", "flying"]],
      ["spec.signerName", ""],
      ["spec.signerName", "no-slash"],
      ["spec.signerName", "one/two/three"],
      ["spec.signerName", "domain/x"],
      ["spec.signerName", "Bad_.example.com/also_Bad"],
      ["spec.signerName", "kubernetes.io/legacy-unknown"],
      ["spec.signerName", "kubernetes.io/kube-apiserver-client"],
      ["spec.expirationSeconds", 599],
      ["spec.username", "somebody-else"],
      ["status", { certificate: "eA==" }],
      ["metadata.name", "a/b"],
      ["metadata.name", "Any:Name"],
    ]),
    {
      name: "approval and status",
      steps: [
        create(requests, request),
        { ...statusOf({ conditions: [condition("Approved")] }, "status"), ...pick },
        { ...statusOf({ conditions: [condition("Approved", { status: "False" }), condition("Denied"), {}] }, "approval"), ...pick },
        { ...statusOf({ conditions: [condition("Approved")] }, "approval"), ...pick },
        { ...statusOf({ conditions: [] }, "approval"), ...pick },
        { ...statusOf({ conditions: [condition("Approved")], certificate: "bm90IHBlbQ==" }, "status"), ...pick },
        { ...statusOf({ conditions: [condition("Approved")], certificate }, "status"), ...pick },
        { ...statusOf({ conditions: [condition("Approved")] }, "status"), ...pick },
        put(`${requests}/csr-{u}`, { ...request, spec: { ...request.spec, signerName: "example.com/other" } }, pick),
        get(`${requests}/csr-{u}`, asTable),
        get(`${requests}?fieldSelector=metadata.name%3Dcsr-{u},spec.signerName%3Dexample.com/other`, asTable),
      ],
    },
  ),
];

export default sequences;
