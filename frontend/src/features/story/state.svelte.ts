/** What happened in the run, in a few sentences. */
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { DEFAULT_IMAGE_SET } from '../../run/settings';
import { screenOf } from '../../shell/screen.svelte';
import { story, type Sentence } from './wire';

/** The view that tells it. */
const VIEW = 'findings';

export class StoryState {
  readonly query: Query<readonly Sentence[]>;

  constructor(run: RunScope) {
    const screen = screenOf(run);
    // Without an image set of its own choice, the server takes the first that has validations.
    this.query = run.about((_, signal) => story(run.predictions(), signal), {
      details: () => (run.imageSet === DEFAULT_IMAGE_SET ? '' : run.imageSet),
      when: () => screen.view === VIEW,
    });
  }
}
