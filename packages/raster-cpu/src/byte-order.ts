/** True if this machine stores the low byte of a word first, as nearly all machines do. */
export const IS_LITTLE_ENDIAN: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Reverses the bytes of every word in place. A packed colour holds the bytes of a pixel in little-endian order, so a
 * big-endian machine paints the same words and swaps their bytes at the end.
 */
export function swapBytes(words: Uint32Array): void {
  for (const [i, word] of words.entries()) {
    words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
}
