import { diagnose, type Finding } from '@mailslot/core';

import { lineCells, pad, wrap } from '../columns.ts';
import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { Failure } from '../failure.ts';
import { transportsFor, udpOptions } from '../join.ts';
import type { Paint, Style } from '../paint.ts';
import { printable } from '../printable.ts';
import type { Result, Session } from '../session.ts';

const CHECK_CELLS = 'classic-ports'.length;

/** Where the text of a finding begins: after its sign and its check. */
const INDENT_CELLS: number = 2 + CHECK_CELLS + 2;

export const doctor: Command = {
  name: 'doctor',
  topic: 'what goes on',
  operands: [],
  summary: 'why do I see nobody?',
  details:
    'Tries all that finding others depends on, and says what was seen, what it means and what to do: ✓ is well, ✗ is ' +
    'wrong, – is for you to judge. Give it the options that the program has which sees nobody, and run it on both ' +
    'computers. It fails if something is wrong.',
  examples: ['mailslot doctor', 'mailslot doctor --interface eth0 --seed 192.168.1.7'],
  options: [],
  lasting: false,
  run: runDoctor,
};

async function runDoctor(session: Session): Promise<void> {
  const { environment, options, output } = session;
  transportsFor(options, 'lan');
  const examine = environment.diagnose ?? diagnose;
  const { signal } = environment;
  const { domain } = options;
  const wrong = new Set<string>();
  for await (const finding of examine({
    ...udpOptions(options),
    ...defined({ domain }),
    signal,
  })) {
    if (finding.ok === false) wrong.add(finding.check);
    await session.report(resultOf(finding, environment.stdout.columns));
    if (output.lost.aborted) return;
  }
  if (wrong.size > 0) throw new Failure(`Something is wrong: ${[...wrong].join(', ')}.`);
  output.note('Nothing is wrong.');
}

function resultOf(finding: Finding, columns: number | undefined): Result {
  const { check, ok, interface: name = null, detail, meaning = null, advice = null } = finding;
  return {
    json: () => ({
      time: new Date().toISOString(),
      check,
      ok,
      interface: name,
      detail,
      meaning,
      advice,
    }),
    text: (paint) => text(finding, paint, lineCells(columns)),
  };
}

/** What was seen beside its check; below it, indented, what it means and what to do. */
function text(
  { check, ok, interface: name, detail, meaning, advice }: Finding,
  paint: Paint,
  cells: number,
): string {
  const [sign, style] = signOf(ok);
  const paragraphs: (readonly [string, Style | undefined])[] = [
    [name === undefined ? detail : `${name}: ${detail}`, undefined],
    [meaning ?? '', 'dim'],
    [advice ?? '', style],
  ];
  const lines = paragraphs
    .filter(([paragraph]) => paragraph !== '')
    .flatMap(([paragraph, shade]) =>
      wrap(printable(paragraph), cells - INDENT_CELLS).map((line) =>
        shade === undefined ? line : paint(shade, line),
      ),
    );
  const head = `${paint(style, sign)} ${pad(check, CHECK_CELLS)}  `;
  return head + lines.join(`\n${' '.repeat(INDENT_CELLS)}`);
}

function signOf(ok: boolean | null): readonly [sign: string, style: Style] {
  if (ok === null) return ['–', 'yellow'];
  return ok ? ['✓', 'green'] : ['✗', 'red'];
}
