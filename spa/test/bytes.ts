/** Ways to slice bytes, the same in every run. */

export const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A small generator with a fixed seed (mulberry32): random enough to slice with, repeatable. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `bytes` in pieces of random length, empty ones among them. */
export function sliced(bytes: Uint8Array, random: () => number, longest: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Math.floor(random() * (longest + 1));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** A body that delivers `pieces` one after the other, then ends or breaks. */
export function bodyOf(pieces: readonly Uint8Array[], broken = false): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (broken) controller.error(new TypeError("network error"));
      else controller.close();
    },
  });
}
