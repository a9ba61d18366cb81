import { getContext, setContext } from 'svelte';

import type { Axis } from './axis.svelte';

const KEY = Symbol('axis');

export const provideAxis = (axis: Axis): Axis => setContext(KEY, axis);

export const useAxis = (): Axis => getContext<Axis>(KEY);
