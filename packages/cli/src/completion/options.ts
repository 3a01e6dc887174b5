/** The options that have values, as all shells need them. */

import { OPTION_NAMES, OPTIONS, type OptionValues } from '../options.ts';

/** Each as it is written, and what its value may be; an empty list if nobody can know. */
export function valuedOptions(): readonly {
  readonly flags: readonly string[];
  readonly values: OptionValues;
}[] {
  return OPTION_NAMES.flatMap((name) => {
    const { short, placeholder, values = [] } = OPTIONS[name];
    if (placeholder === undefined) return [];
    return [{ flags: [`--${name}`, ...(short === undefined ? [] : [`-${short}`])], values }];
  });
}
