/** `14:31:48`, where this computer is. */
export function timeOfDay(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8);
}

/** `14:31:48.120` */
export function preciseTimeOfDay(milliseconds: number): string {
  return `${timeOfDay(milliseconds)}.${String(milliseconds % 1000).padStart(3, '0')}`;
}
