/** A key as a view understands it. */

const NAMES = [
  'up',
  'down',
  'pageup',
  'pagedown',
  'home',
  'end',
  'return',
  'escape',
  'backspace',
  'interrupt',
] as const;

type KeyName = (typeof NAMES)[number];

export type Key = { readonly name: KeyName } | { readonly name: 'text'; readonly text: string };

/** What Node tells of a key; see `readline.emitKeypressEvents`. */
export interface Keypress {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** Undefined for keys that mean nothing here. */
export function keyOf(typed: string | undefined, { name, ctrl, meta }: Keypress): Key | undefined {
  if (ctrl === true) return name === 'c' || name === 'd' ? { name: 'interrupt' } : undefined;
  if (name === 'enter') return { name: 'return' };
  const known = NAMES.find((each) => each === name);
  if (known !== undefined && known !== 'interrupt') return { name: known };
  const isText = typed !== undefined && meta !== true && !/\p{C}/u.test(typed);
  return isText ? { name: 'text', text: typed } : undefined;
}
