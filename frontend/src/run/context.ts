import { getContext, setContext } from 'svelte';

import type { RunScope } from './scope.svelte';

const KEY = Symbol('run');

export const provideRun = (run: RunScope): RunScope => setContext(KEY, run);

export const useRun = (): RunScope => getContext<RunScope>(KEY);
