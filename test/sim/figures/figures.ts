import { crash } from './crash.ts';
import { falseDownsFigure } from './false-downs.ts';
import type { Figure } from './figure.ts';
import { flooding } from './flood.ts';
import { forgery } from './forgery.ts';
import { healing } from './heal.ts';
import { newcomer } from './newcomer.ts';
import { traffic } from './traffic.ts';

export const FIGURES: readonly Figure[] = [
  newcomer,
  crash,
  traffic,
  healing,
  forgery,
  flooding,
  falseDownsFigure,
];
