/**
 * The blocks of code in the documentation, so that tests can run every one of them. What a block takes for granted
 * stands in a comment before it, `<!-- given … -->`: code to come before it, or `the blocks above`.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

export interface CodeBlock {
  /** The page, seen from the root of the repository. */
  readonly page: string;
  /** That of the opening fence. */
  readonly line: number;
  readonly language: string;
  /** What else stands beside the language, such as `needs=windows`. */
  readonly marks: string;
  readonly code: string;
  /** What comes before the code for it to run; empty if it needs nothing. */
  readonly given: string;
  /** Why it is not run here; undefined if it is. */
  readonly needs: string | undefined;
}

/** Every page that people read, seen from the root of the repository. */
export function pages(): readonly string[] {
  const below = (directory: string): string[] =>
    readdirSync(`${ROOT}/${directory}`, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
      .map((entry) => `${directory}/${entry.name}`);
  const readmes = readdirSync(`${ROOT}/packages`).map((name) => `packages/${name}/README.md`);
  return ['README.md', 'CONTRIBUTING.md', ...below('docs'), ...below('docs/frames'), ...readmes];
}

export function readPage(page: string): string {
  return readFileSync(`${ROOT}/${page}`, 'utf8');
}

/** Pages whose blocks are one whole, and the test that runs it. */
export const FOLLOWED_ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/first-lobby.md': 'test/consumers/first-lobby.test.ts',
  'docs/testing.md': 'test/unit/testing-page.test.ts',
};

const BLOCK = /(?:^<!-- given\b([^]*?)-->\n+)?^( *)```(\S*)(.*)\n([^]*?)^\2```$/gm;

/** The blocks of a page, in their order. */
export function codeBlocks(page: string): readonly CodeBlock[] {
  const text = readPage(page);
  const blocks: CodeBlock[] = [];
  const above: string[] = [];
  for (const {
    0: all,
    1: given = '',
    3: language = '',
    4: rest = '',
    5: code = '',
    index,
  } of text.matchAll(BLOCK)) {
    const line = text.slice(0, index + all.indexOf('```')).split('\n').length;
    const own = given.includes('the blocks above') ? '' : given;
    blocks.push({
      page,
      line,
      language,
      marks: rest.trim(),
      code,
      given: own === given ? own : above.join('\n'),
      needs: /\bneeds=(\S+)/.exec(rest)?.[1],
    });
    if (language === 'ts') above.push(own, code);
  }
  return blocks;
}

/** Those of all pages. */
export function allCodeBlocks(): readonly CodeBlock[] {
  return pages().flatMap(codeBlocks);
}

/** What a test about the block is called. */
export function titleOf({ page, line }: CodeBlock): string {
  return `${page}:${line}`;
}
