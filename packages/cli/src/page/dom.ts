/** Elements made of names and texts. Nothing here, or anywhere on this page, reads markup. */

const SVG = 'http://www.w3.org/2000/svg';

/** `undefined` leaves one out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

export type Child = Node | string;

export function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A text of a stranger, whose direction changes nothing around it. */
export function foreign(text: string): HTMLElement {
  return html('bdi', {}, text);
}

export function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

function fill<Made extends Element>(
  element: Made,
  attributes: Attributes,
  children: readonly Child[],
): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}
