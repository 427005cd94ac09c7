"use strict";
// Finds for each part a number with which the SHA-256 of "challenge:part:number" is small (FIPS 180-4; dashboards/lookup/proof.py
// checks it). Written out because browsers offer SHA-256 only over HTTPS, and only for one text at a time.

const FIRST_64_PRIMES = primes(64);
const K = Int32Array.from(FIRST_64_PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(FIRST_64_PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const W = new Int32Array(64);

onmessage = ({ data }) => {
  for (let part = 0; part < data.parts; part++) postMessage(solve(`${data.challenge}:${part}:`, data.hashes));
};

function solve(prefix, hashes) {
  const bytes = Uint8Array.from(prefix, (c) => c.charCodeAt(0));
  const whole = bytes.length - (bytes.length % 64);
  let before = START;
  for (let at = 0; at < whole; at += 64) before = hashed(before, new DataView(bytes.buffer, at, 64));
  // A challenge leaves room for the number and the padding in the last block.
  const block = new Uint8Array(64);
  block.set(bytes.subarray(whole));
  const view = new DataView(block.buffer);
  for (let number = 0; ; number++) {
    const end = written(block, bytes.length - whole, number);
    view.setUint32(60, 8 * (whole + end));
    const [first, second] = hashed(before, view);
    if (((first >>> 0) * 65536 + (second >>> 16)) * hashes < 2 ** 48) return number;
  }
}

// Writes the number in decimal digits and the padding's first bit behind it; tells where the number ends.
function written(block, at, number) {
  const digits = String(number);
  for (let i = 0; i < digits.length; i++) block[at + i] = digits.charCodeAt(i);
  block[at + digits.length] = 0x80;
  return at + digits.length;
}

function hashed(before, view) {
  for (let i = 0; i < 16; i++) W[i] = view.getInt32(4 * i);
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2];
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = W[i - 16] + low + W[i - 7] + high;
  }
  let a = before[0], b = before[1], c = before[2], d = before[3];
  let e = before[4], f = before[5], g = before[6], h = before[7];
  for (let i = 0; i < 64; i++) {
    const turned = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + turned + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const other = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  return [before[0] + a, before[1] + b, before[2] + c, before[3] + d, before[4] + e, before[5] + f, before[6] + g, before[7] + h];
}

function fraction(number) {
  return ((number - Math.floor(number)) * 2 ** 32) | 0;
}

function primes(count) {
  const found = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
}
