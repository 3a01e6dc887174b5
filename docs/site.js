/**
 * A plugin for TypeDoc. A page is called what its first heading says, and stands in the section in which the index of the
 * documentation (README.md) lists it; a module is called what programs import.
 */

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Converter, ReflectionKind } from 'typedoc';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The section of each page, as the index has them. */
function sections() {
  const index = readFileSync(join(HERE, 'README.md'), 'utf8');
  const found = new Map();
  for (const part of index.split(/^## /m).slice(1)) {
    const [section] = part.split('\n', 1);
    for (const [, page] of part.matchAll(/\]\(([\w/-]+)\.md\)/g)) {
      found.set(basename(page), section);
    }
  }
  return found;
}

/** What programs import, by the source file that it leads to. */
function specifiers() {
  const found = new Map();
  for (const directory of ['core', 'discovery', 'services', 'page', 'cli']) {
    const home = join(HERE, '../packages', directory);
    const { name, exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    for (const [path, { '@mailslot/source': source }] of Object.entries(exports)) {
      if (source !== undefined) found.set(join(home, source), join(name, path).replace(/\/$/, ''));
    }
  }
  return found;
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  const [section, specifier] = [sections(), specifiers()];

  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const { fileName } = context
      .getSymbolFromReflection(reflection)
      .declarations[0].getSourceFile();
    reflection.name = specifier.get(fileName) ?? reflection.name;
  });

  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    document.frontmatter.group =
      section.get(basename(document.name)) ??
      (document.name.includes('packages') ? 'Packages' : 'Inside');
    const [, title] = /^# (.+)$/m.exec(document.content[0].text);
    document.name = title.replaceAll('`', '');
  });
}
