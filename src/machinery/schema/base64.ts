const valid = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Upstream's complaint about text that isn't padded standard base64; line breaks are allowed. Undefined when it is. */
export function base64Error(text: string): string | undefined {
  if (valid.test(text)) return undefined;
  const at = illegalByte(text);
  return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
}

/** Where upstream's decoder stops. */
function illegalByte(text: string): number | undefined {
  let at = 0;
  const skipBreaks = () => {
    while (text[at] === "\n" || text[at] === "\r") at++;
  };
  for (;;) {
    for (let place = 0; place < 4; place++) {
      skipBreaks();
      if (at === text.length) return place === 0 ? undefined : at - place;
      const character = text[at++] as string;
      if (/[A-Za-z0-9+/]/.test(character)) continue;
      if (character !== "=" || place < 2) return at - 1;
      skipBreaks();
      if (place === 2) {
        if (at === text.length) return text.length;
        if (text[at] !== "=") return at - 1;
        at++;
        skipBreaks();
      }
      return at < text.length ? at : undefined;
    }
  }
}

/** The bytes of valid base64 text. */
export function bytesOfBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

const chunk = 0x2000;

export function base64OfBytes(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += chunk) binary += String.fromCharCode(...bytes.subarray(i, i + chunk));
  return btoa(binary);
}
