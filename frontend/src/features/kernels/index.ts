import type { Feature } from '../../shell/feature';
import { filterImages } from '../layers/api';
import Chart from './Chart.svelte';
import Details from './Details.svelte';
import Legend from './Legend.svelte';
import { KERNEL_SIZE, readKernel } from './plan';
import { kernelsSettings } from './settings';
import Toggle from './Toggle.svelte';
import { KernelsState } from './state.svelte';

/** The filters of a first layer as the small images they are. */
export default {
  name: 'kernels',
  settings: kernelsSettings,
  states: [KernelsState],
  fillings: [
    filterImages.fill({
      has: (run, layer) => run.data?.kernels === layer,
      isShown: (run) => run.settings(kernelsSettings).shown,
      rowHeight: KERNEL_SIZE,
      read: (run, filter, step) => {
        const { data } = run.state(KernelsState).query;
        return data && run.axis.scale ? readKernel(data, filter, step, run.axis.scale) : [];
      },
      Toggle,
      Chart,
      Legend,
      Details,
    }),
  ],
} satisfies Feature;
