/** The polynomial of CRC-32, lowest power in the highest bit. */
const polynomial = 0xedb88320;
const one = 0x80000000;

/** The product of two polynomials over GF(2), modulo that of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ polynomial : factor >>> 1;
  }
  return product >>> 0;
}

/** x to the power of 8 × `length`: what a checksum is multiplied by when so many bytes follow. */
export function shiftOf(length: number): number {
  let shift = one;
  // x^8, then its squares.
  let power = 0x00800000;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(power, shift);
    power = multiply(power, power);
  }
  return shift;
}

/** The CRC-32 of two pieces one after the other, from that of each and the shift of the second. */
export function combineChecksums(first: number, second: number, shiftOfSecond: number): number {
  return (multiply(shiftOfSecond, first) ^ second) >>> 0;
}
