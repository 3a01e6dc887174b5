/** The share of group datagrams that we miss, measured on the gaps in what each peer counts. */

/** Weight of one datagram once many were counted: about 300 of them make the estimate. */
const GAIN = 0.003;

/** What is believed before anything was counted, and for how many datagrams that counts. */
const PRIOR_LOSS = 0.01;
const PRIOR_WEIGHT = 20;

/** No link is perfect; and with less, one missed beat would seem a certain death. */
export const LOSS_MIN = 0.001;

/** Beyond this no threshold helps. */
export const LOSS_MAX = 0.5;

/** A longer gap is an outage, of ours or theirs, and tells nothing about single datagrams. */
const GAP_MAX = 8;

export class LossEstimate {
  #mean = PRIOR_LOSS;
  #weight = PRIOR_WEIGHT;

  /** Between {@link LOSS_MIN} and {@link LOSS_MAX}. */
  get loss(): number {
    return Math.min(Math.max(LOSS_MIN, this.#mean), LOSS_MAX);
  }

  /** One datagram of a peer came, after `lost` that did not. */
  note(lost: number): void {
    if (lost <= GAP_MAX) for (let missing = lost; missing > 0; missing--) this.#count(1);
    this.#count(0);
  }

  /** At first each datagram weighs as much as any other; later the last few hundred count. */
  #count(outcome: 0 | 1): void {
    this.#mean += (outcome - this.#mean) * Math.max(GAIN, 1 / ++this.#weight);
  }
}
