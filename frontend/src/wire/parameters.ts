/** A route's parameters; one with several values is told once for each. */
export type Parameters = Readonly<Record<string, string | number | readonly (string | number)[]>>;
