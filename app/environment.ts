/** The one place that reads the process environment; everybody else gets it as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment as it was when asked: a copy, so that nobody's later change is seen by half of the program. */
export function readEnvironment(): Environment {
  return Object.freeze({ ...process.env })
}
