/** The demo as lines with a time, for pipes, logs and plain terminals. */

import { judge } from './judge.ts';
import { describe, finale, HEADLINE } from './prose.ts';
import type { Happening } from './record.ts';
import { STORY } from './story.ts';
import type { View } from './view.ts';

export class PlainView implements View {
  readonly #record: readonly Happening[];

  constructor(record: readonly Happening[]) {
    this.#record = record;
    console.log(HEADLINE);
  }

  show(happening: Happening): void {
    const { verdicts } = judge(STORY, this.#record);
    const time = (happening.at / 1000).toFixed(3).padStart(7);
    const indent = happening.type === 'scene' ? '' : '  ';
    console.log(`${time} s  ${indent}${describe(happening, verdicts)}`);
  }

  finish(): void {
    console.log(`\n${finale(judge(STORY, this.#record)).join('\n')}`);
  }

  close(): void {}
}
