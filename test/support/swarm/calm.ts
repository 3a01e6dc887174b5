/** Since when nothing has been wrong: what a checker may expect depends on it. */
export class Calm {
  #troubles = 0;
  #since = 0;

  /** `Infinity` while there is trouble. */
  get since(): number {
    return this.#troubles > 0 ? Infinity : this.#since;
  }

  begin(): void {
    this.#troubles++;
  }

  end(now: number): void {
    this.#troubles--;
    this.#since = now;
  }

  /** Trouble that was over as soon as it began. */
  blip(now: number): void {
    this.#since = now;
  }
}
