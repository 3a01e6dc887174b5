/** One line of the table. Every figure stands beside a floor that was measured in the same run. */
export interface BenchRow {
  readonly what: string;
  readonly ours: string;
  /** What the same costs without us. */
  readonly floor: string;
  readonly ratio: string;
  readonly target: string;
}
