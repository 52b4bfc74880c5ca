import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Platform } from "../machinery/platform.ts";

/** The keys of service-account tokens. */
export type TokenKeys = Pick<Platform, "signToken" | "verifyToken" | "jwks">;

interface TokenKey {
  id: string;
  publicKey: KeyObject;
  algorithm: string;
}

/**
 * Tokens by the algorithm of the key: RS256, ES256 and so on. `signing` is a private key, PEM; `others` are PEM files, whose public
 * or private keys are believed too: those of before. The library is loaded with the first token, not at start.
 */
export function createTokenKeys(signing: string, others: readonly string[] = []): TokenKeys {
  const privateKey = createPrivateKey(signing);
  const own = tokenKey(createPublicKey(privateKey));
  const keys = new Map([[own.id, own]]);
  for (const file of others) {
    for (const [block] of file.matchAll(/-----BEGIN ([A-Z ]*KEY)-----[\s\S]*?-----END \1-----/g)) {
      const key = tokenKey(createPublicKey(block));
      keys.set(key.id, key);
    }
  }
  return {
    async signToken(claims) {
      const { SignJWT } = await import("jose");
      return await new SignJWT(claims).setProtectedHeader({ alg: own.algorithm, kid: own.id }).sign(privateKey);
    },
    async verifyToken(token) {
      const { compactVerify, decodeProtectedHeader } = await import("jose");
      let kid: string | undefined;
      try {
        ({ kid } = decodeProtectedHeader(token));
      } catch {
        return undefined; // no token at all
      }
      const candidates = kid ? [keys.get(kid)].filter((key) => key !== undefined) : [...keys.values()];
      for (const { publicKey, algorithm } of candidates) {
        try {
          const { payload } = await compactVerify(token, publicKey, { algorithms: [algorithm] });
          return { claims: JSON.parse(new TextDecoder().decode(payload)) };
        } catch {
          // Not by this key.
        }
      }
      const unknown = candidates.length === 0;
      return { error: unknown ? "invalid signature, no keys found" : "go-jose/go-jose: error in cryptographic primitive" };
    },
    async jwks() {
      const { exportJWK } = await import("jose");
      const exported = [...keys.values()].map(async ({ id, publicKey, algorithm }) => ({
        use: "sig",
        kid: id,
        alg: algorithm,
        ...(await exportJWK(publicKey)),
      }));
      return { keys: await Promise.all(exported) };
    },
  };
}

const curveAlgorithms: Readonly<Record<string, string>> = { prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" };

function tokenKey(publicKey: KeyObject): TokenKey {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  const algorithm = asymmetricKeyType === "rsa" ? "RS256" : curveAlgorithms[asymmetricKeyDetails?.namedCurve ?? ""];
  if (algorithm === undefined) throw new Error("a key of service-account tokens is neither RSA nor ECDSA");
  return { id: keyIdOf(publicKey), publicKey, algorithm };
}

/** The key id as upstream derives it: the SHA-256 of the public key's DER, base64url without padding. */
function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("base64url");
}
