/** What other features put into the headers of views. */
import type { Component } from 'svelte';

import { Slot } from './slots';

/** With the view that it stands in. */
export const viewTools = new Slot<Component<{ view: string }>>();
