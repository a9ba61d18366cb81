/** Filters shown as images in place of a measure, by the feature that has such images. */
import type { Component } from 'svelte';

import type { TimeScale } from '../../axis/scale';
import type { Reading } from '../../charts/readout/plan';
import type { RunScope } from '../../run/scope.svelte';
import { Slot } from '../../shell/slots';
import type { FilterIndex, LayerIndex, Step } from '../../wire/units';

export interface FilterImages {
  /** Whether a layer's filters can be shown so. */
  readonly has: (run: RunScope, layer: LayerIndex) => boolean;
  /** Whether they are. */
  readonly isShown: (run: RunScope) => boolean;
  /** Of a filter's row, in CSS pixels. */
  readonly rowHeight: number;
  /** What chooses them, in the view's header. */
  readonly Toggle: Component<{ name: string }>;
  readonly Chart: Component<{
    /** Filters from top to bottom. */
    order: readonly number[];
    scale: TimeScale;
    /** The part of the chart that is drawn, in CSS pixels from its top. */
    from: number;
    to: number;
  }>;
  /** What is read of a filter at an iteration. */
  readonly read: (run: RunScope, filter: FilterIndex, step: Step) => readonly Reading[];
  /** How the images are read. */
  readonly Legend: Component;
  /** A single filter, in the inspector. */
  readonly Details: Component<{ filter: FilterIndex; scale: TimeScale }>;
}

export const filterImages = new Slot<FilterImages>();
