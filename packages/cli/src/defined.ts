/** A shape whose properties may be missing where they were undefined. */
export type Defined<Shape> = { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> };

/** The same without the properties that are undefined: an option is left out, not given as nothing. */
export function defined<Shape extends object>(shape: Shape): Defined<Shape> {
  const entries = Object.entries(shape).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- entries lose their types
  return Object.fromEntries(entries) as Defined<Shape>;
}
