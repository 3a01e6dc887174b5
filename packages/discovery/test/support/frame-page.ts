/** The pages of docs/frames, made from the tables that the codecs are made from. */

import { describeFrame } from '../../src/browser/frames/describe.ts';
import type { Field } from '../../src/browser/frames/field.ts';
import { encodeFrame, type FrameKind, type FrameOf } from '../../src/browser/frames/frame.ts';
import { opcodeBytes } from '../../src/browser/frames/layout.ts';
import { LAYOUTS } from '../../src/browser/frames/layouts.ts';
import { EXAMPLES } from './frame-examples.ts';

const HEADINGS = ['offset', 'field', 'type', 'what it says'] as const;

/** The page of one kind of frame, in Markdown. */
export function framePage(kind: FrameKind): string {
  const layout = LAYOUTS[kind];
  const bytes = encodeFrame(EXAMPLES[kind] as FrameOf<'become-backup'>);
  return [
    `# ${layout.title}`,
    layout.about,
    [
      `- Specified in ${layout.section}`,
      `- Mailslot \`\\MAILSLOT\\${layout.slot}\`, sent to ${layout.destination}`,
    ].join('\n'),
    'Numbers are little endian. Texts are in an OEM code page (850 here) and end with a NUL.',
    table(rowsOf(kind)),
    `For example:\n\n\`\`\`hex\n${hexLines(bytes)}\n\`\`\``,
    `> ${describeFrame(layout.slot, bytes)}`,
    'Made from `packages/discovery/src/browser/frames/layouts.ts`, as the codec is: `npx vitest run -u browser-frames`.',
  ]
    .join('\n\n')
    .concat('\n');
}

function rowsOf(kind: FrameKind): string[][] {
  const layout = LAYOUTS[kind];
  const opcode = `0x${layout.opcode.toString(16).padStart(2, '0')}`;
  let offset: number | undefined = opcodeBytes(layout);
  const rows = [['0', 'opcode', offset === 1 ? 'u8' : 'u16', opcode]];
  for (const [name, field] of Object.entries<Field<unknown>>(
    layout.fields as object as Record<string, Field<unknown>>,
  )) {
    rows.push([
      offset === undefined ? '…' : String(offset),
      `\`${name}\``,
      field.type,
      field.about,
    ]);
    offset = offset === undefined || field.size === undefined ? undefined : offset + field.size;
  }
  return rows;
}

function table(rows: readonly string[][]): string {
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(HEADINGS), rule, ...rows.map(line)].join('\n');
}

function hexLines(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return hex
    .match(/.{1,64}/g)!
    .map((line) => line.replaceAll(/(..)(?=.)/g, '$1 '))
    .join('\n');
}
