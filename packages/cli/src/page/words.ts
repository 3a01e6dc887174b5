/** Numbers and times as people say them. */

const STATE_WORDS = { up: 'here', suspect: 'silent', down: 'gone' } as const;

export function stateWord(state: keyof typeof STATE_WORDS): string {
  return STATE_WORDS[state];
}

/** `9 s`, `12 min`, `3 h`, `2 d` */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** No longer than so many characters. */
export function short(text: string, characters: number): string {
  const all = Array.from(text);
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`;
}

/** Why a peer went. */
const REASONS: Readonly<Record<string, string>> = {
  goodbye: 'said goodbye',
  expired: 'fell silent',
  evicted: 'made room for others',
  replaced: 'began anew',
  invalid: 'changed its info',
};

export function reasonWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** What a drop means, and whether it may be a loss. */
const DROPS: Readonly<Record<string, readonly [meaning: string, isLoss: boolean]>> = {
  malformed: ['cut short, or none of ours', true],
  version: ['of a version that this program does not know', true],
  elsewhere: ['for another domain or computer', false],
  echo: ['our own, come back', false],
  duplicate: ['a copy of one that was delivered', false],
  'no-slot': ['for a mailslot that this program does not have', false],
  interface: ['from an interface that was left out', false],
  'too-large': ['larger than the mailslot takes', true],
  'queue-full': ['the reader was too slow', true],
  incomplete: ['a part of a message whose other parts never came', true],
  unsent: ['the operating system would not send it', true],
  security: ['not proven by the secret or signature', true],
  late: ['overtaken by a later one', false],
  older: ['older than what is known', false],
  unknown: ['of a kind that later versions have', false],
  unasked: ['an answer that came too late, or was for others', false],
  limit: ['more than anyone may send', true],
};

export function dropWords(reason: string): { readonly meaning: string; readonly isLoss: boolean } {
  const [meaning, isLoss] = DROPS[reason] ?? ['', true];
  return { meaning, isLoss };
}
