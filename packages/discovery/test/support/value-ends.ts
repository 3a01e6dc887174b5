/** Where the values of a body end, the end of nothing included: only there is it whole when it is cut. */
export function valueEnds(body: Uint8Array): Set<number> {
  const ends = new Set([0]);
  for (let at = 0; at < body.length; ends.add(at)) {
    const long = body[at] === 0xff;
    at += long ? 4 + body[at + 2]! * 256 + body[at + 3]! : 2 + body[at + 1]!;
  }
  return ends;
}
