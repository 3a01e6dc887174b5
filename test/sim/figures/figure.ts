/** A figure of docs/presence.md that is simulated: what is measured, how often, and what it must be. */

/** What one run measured: times in milliseconds, or counts. */
export type Samples = readonly number[];

export interface Figure {
  /** For the command line. */
  readonly name: string;
  readonly cases: readonly Case[];
}

export interface Case {
  readonly what: string;
  /** In words; undefined where nothing is demanded. */
  readonly must: string | undefined;
  /** Each is a run of its own, maybe in a process of its own. */
  readonly seeds: number;
  readonly run: (seed: number) => Samples | Promise<Samples>;
  readonly judge: (samples: Samples) => Verdict;
}

export interface Verdict {
  /** As in "median 12 ms, p95 30 ms". */
  readonly figures: string;
  /** Undefined where nothing is demanded. */
  readonly met: boolean | undefined;
}

/** The sample that this share of all samples does not exceed. */
export function quantile(samples: Samples, share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? NaN
  );
}

export function sum(samples: Samples): number {
  return samples.reduce((total, sample) => total + sample, 0);
}

/** Milliseconds as people read them. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** Judges times. `limits`: the most that some of their quantiles may be, by its share. */
export function judgeTimes(limits: Readonly<Record<number, number>>): (times: Samples) => Verdict {
  const demands = Object.entries(limits);
  return (times) => {
    const [median, p95, p99, worst] = [0.5, 0.95, 0.99, 1].map((share) =>
      duration(quantile(times, share)),
    );
    const met = demands.every(([share, most]) => quantile(times, Number(share)) <= most);
    return {
      figures: `median ${median}, p95 ${p95}, p99 ${p99}, worst ${worst} of ${times.length}`,
      met: demands.length === 0 ? undefined : met,
    };
  };
}
