import type { Feature } from '../../shell/feature';
import Legend from './Legend.svelte';
import { SignsState } from './state.svelte';
import Strip from './Strip.svelte';

/** What goes wrong in the run, and since when. */
export default {
  name: 'signs',
  states: [SignsState],
  lanes: [
    {
      name: 'Signs',
      Legend,
      Strip,
      readings: (run) =>
        run
          .state(SignsState)
          .here.slice(0, 3)
          .map(({ title, says }) => ({ label: title, value: says })),
      columns: (run) => [
        {
          name: 'Alarms',
          value: (step) =>
            run
              .state(SignsState)
              .alarms.filter(({ first_step, last_step }) => first_step <= step && step <= last_step)
              .length,
        },
      ],
    },
  ],
  help: [
    {
      section: 'Marks',
      sign: 'Red bar',
      meaning:
        'below the timeline: an alarm, from the first iteration at which it holds to the last',
    },
  ],
} satisfies Feature;
