/** Everything that is checked while a swarm runs. I9, that a seed tells all of a run, is checked by running twice. */

import type { InvariantType } from './invariant.ts';
import { BoundedMemory } from './invariants/bounded-memory.ts';
import { Convergence } from './invariants/convergence.ts';
import { EvidenceAdvances } from './invariants/evidence-advances.ts';
import { FewQuestions } from './invariants/few-questions.ts';
import { KnownGoodStay } from './invariants/known-good-stay.ts';
import { NoFalseDowns } from './invariants/no-false-downs.ts';
import { NoGhosts } from './invariants/no-ghosts.ts';
import { StreamConsistency } from './invariants/stream-consistency.ts';
import { WithinBudget } from './invariants/budget.ts';

export const INVARIANTS: readonly InvariantType[] = [
  NoGhosts,
  NoFalseDowns,
  Convergence,
  BoundedMemory,
  FewQuestions,
  StreamConsistency,
  WithinBudget,
  EvidenceAdvances,
  KnownGoodStay,
];
