/** IP addresses between text and the 4 or 16 bytes they have on the wire. */

/** The bytes of an IPv4 or IPv6 address; a zone (`%eth0`) is left out. Undefined if the text is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  const bytes = text.includes(':') ? parseIPv6(text.replace(/%.*$/, '')) : parseIPv4(text);
  return bytes && Uint8Array.from(bytes);
}

/** The text of 4 or 16 bytes; IPv6 in the form of RFC 5952. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16),
  );
  const { at, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + length).join(':')}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly string[]): { at: number; length: number } {
  let longest = { at: 0, length: 0 };
  for (let at = 0, length = 0; at < groups.length; at++) {
    length = groups[at] === '0' ? length + 1 : 0;
    if (length > longest.length) longest = { at: at - length + 1, length };
  }
  return longest;
}

function parseIPv4(text: string): number[] | undefined {
  const parts = text.split('.');
  const octets = parts.map(Number);
  const valid = octets.every((octet, at) => octet >= 0 && octet <= 255 && `${octet}` === parts[at]);
  return valid && octets.length === 4 ? octets : undefined;
}

function parseIPv6(text: string): number[] | undefined {
  const [before, after, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const tail = parseGroups(after ?? before!, true);
  if (after === undefined) return tail?.length === 16 ? tail : undefined;
  const head = parseGroups(before!, false);
  if (head === undefined || tail === undefined) return undefined;
  const zeros = 16 - head.length - tail.length;
  return zeros < 2 ? undefined : [...head, ...new Uint8Array(zeros), ...tail];
}

/** Groups between colons, two bytes each; the last ones of an address may be written as IPv4. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    if (/^[\da-f]{1,4}$/i.test(group)) {
      const value = parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
    } else {
      const embedded = last && at === groups.length - 1 ? parseIPv4(group) : undefined;
      if (embedded === undefined) return undefined;
      bytes.push(...embedded);
    }
  }
  return bytes;
}
