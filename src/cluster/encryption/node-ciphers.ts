import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import type { Ciphers } from "../../storage/encryption/ciphers.ts";

const tagBytes = 16;

/** The ciphers that Node brings. */
export const nodeCiphers: Ciphers = {
  random: (length) => randomBytes(length),
  gcmSeal(key, nonce, data, additional) {
    const cipher = createCipheriv(`aes-${(8 * key.length) as 128 | 192 | 256}-gcm`, key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(additional);
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  },
  gcmOpen(key, nonce, sealed, additional) {
    if (sealed.length < tagBytes) return undefined;
    const decipher = createDecipheriv(`aes-${(8 * key.length) as 128 | 192 | 256}-gcm`, key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(additional);
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    const data = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
    try {
      return Buffer.concat([data, decipher.final()]);
    } catch {
      return undefined; // the tag is another one: somebody else's bytes, or another key's
    }
  },
  cbcEncrypt(key, iv, data) {
    const cipher = createCipheriv(`aes-${8 * key.length}-cbc`, key, iv).setAutoPadding(false);
    return Buffer.concat([cipher.update(data), cipher.final()]);
  },
  cbcDecrypt(key, iv, data) {
    const decipher = createDecipheriv(`aes-${8 * key.length}-cbc`, key, iv).setAutoPadding(false);
    return Buffer.concat([decipher.update(data), decipher.final()]);
  },
  hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest(),
};
