/** Which life of each identity is the present one. */

import type { PeerKey } from './peer-id.ts';

export class Signers {
  readonly #lives = new Map<string, PeerKey>();

  get(publicKey: Uint8Array): PeerKey | undefined {
    return this.#lives.get(textOf(publicKey));
  }

  set(publicKey: Uint8Array, key: PeerKey): void {
    this.#lives.set(textOf(publicKey), key);
  }

  /** That life has ended. */
  delete(publicKey: Uint8Array, key: PeerKey): void {
    if (this.get(publicKey) === key) this.#lives.delete(textOf(publicKey));
  }
}

function textOf(publicKey: Uint8Array): string {
  return Buffer.from(publicKey).toString('latin1');
}
