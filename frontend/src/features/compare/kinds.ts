export const VIEW = 'compare';

/** Views that show the other run beside the shown one. */
export const BESIDE: readonly string[] = ['validation', 'layers'];
