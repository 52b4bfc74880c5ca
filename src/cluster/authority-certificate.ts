import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { KeyPair } from "./certificate.ts";
import { serialNumber } from "./x509.ts";

/**
 * A self-signed authority, made without the library that issues certificates: most clusters in tests never issue one, and loading it
 * takes longer than starting such a cluster.
 */
export function selfSignedAuthority(name: string, notBefore: Date, notAfter: Date): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKey.export({ format: "der", type: "spki" });
  const subject = der(sequence, der(set, der(sequence, commonName, der(printableString, Buffer.from(name)))));
  const algorithm = der(sequence, ecdsaWithSha256);
  const keyIdentifier = createHash("sha1").update(key.subarray(-uncompressedPointBytes)).digest();
  const signed = der(
    sequence,
    der(explicit(0), der(integer, Buffer.from([2]))),
    der(integer, Buffer.from(serialNumber(), "hex")),
    algorithm,
    subject,
    der(sequence, time(notBefore), time(notAfter)),
    subject,
    key,
    der(
      explicit(3),
      der(
        sequence,
        der(sequence, basicConstraints, critical, der(octetString, der(sequence, critical))),
        der(sequence, keyUsage, critical, der(octetString, der(bitString, signsAndCertifies))),
        der(sequence, subjectKeyIdentifier, der(octetString, der(octetString, keyIdentifier))),
      ),
    ),
  );
  const signature = sign("sha256", signed, privateKey);
  const certificate = der(sequence, signed, algorithm, der(bitString, Buffer.concat([Buffer.from([0]), signature])));
  return { certificate: pem(certificate), key: privateKey.export({ format: "pem", type: "sec1" }) as string };
}

const integer = 0x02;
const bitString = 0x03;
const octetString = 0x04;
/** As the library encodes the same name in what the authority issues: verifiers compare bytes. */
const printableString = 0x13;
const utcTime = 0x17;
const sequence = 0x30;
const set = 0x31;
const explicit = (tag: number) => 0xa0 | tag;

const uncompressedPointBytes = 65;
const commonName = Buffer.from("0603550403", "hex");
const basicConstraints = Buffer.from("0603551d13", "hex");
const keyUsage = Buffer.from("0603551d0f", "hex");
const subjectKeyIdentifier = Buffer.from("0603551d0e", "hex");
const ecdsaWithSha256 = Buffer.from("06082a8648ce3d040302", "hex");
/** BOOLEAN TRUE: also what says that it is an authority. */
const critical = Buffer.from("0101ff", "hex");
/** digitalSignature, keyCertSign, cRLSign; the last bit is not used. */
const signsAndCertifies = Buffer.from([1, 0x86]);

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** Good until 2049. */
function time(date: Date): Buffer {
  return der(utcTime, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-T:]/g, "")}Z`));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) as string[];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
