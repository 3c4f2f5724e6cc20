/** The same cases in every run; MILLRACE_FUZZ=20 makes twenty times as many, MILLRACE_SEED=n others. */
export const fuzz = (numRuns: number): { seed: number; numRuns: number; endOnFailure: boolean } => ({
  seed: Number(process.env['MILLRACE_SEED'] ?? 20240101),
  numRuns: numRuns * Number(process.env['MILLRACE_FUZZ'] ?? 1),
  endOnFailure: false,
});
