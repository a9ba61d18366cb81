/** What other features use of confusion matrices. */
export { cellKind } from './kinds';
