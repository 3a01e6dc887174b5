/** Runs one seed of one case after the other for figures.ts, which forks it. */

import { FIGURES } from './figures/figures.ts';

export interface Job {
  readonly figure: number;
  readonly index: number;
  readonly seed: number;
}

process.on('message', ({ figure, index, seed }: Job) => {
  void Promise.resolve(FIGURES[figure]!.cases[index]!.run(seed)).then((samples) =>
    process.send!(samples),
  );
});
