/** A few words for what the page does with its document. Text is only ever set as text. */

/** The element of the page with that id, which is of that kind. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`The page has no ${kind.name} called ${id}.`);
}

/** A new element with that class and those children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** A name or a text of somebody, whose direction of writing does not leak into what is around it. */
export function foreign(text: string): HTMLElement {
  return make('bdi', '', text);
}

/** Sets the text where it has changed: live regions speak again whatever is set again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
