/** Which runs there are, looked at again and again. */
import { Query } from './query.svelte';
import { runs, type RunCounts } from './wire';

const POLLS_PER_GLANCE = 5;

export class Runs {
  readonly query = new Query<readonly RunCounts[]>();
  /** Counts how often the shown run is to be asked for though it has not grown: damage may show later. */
  glances = $state(0);
  #polls = 0;

  get data(): readonly RunCounts[] | null {
    return this.query.data;
  }

  find(name: string | null): RunCounts | null {
    return this.data?.find(({ run }) => run === name) ?? null;
  }

  async load(): Promise<void> {
    if (++this.#polls % POLLS_PER_GLANCE === 0) this.glances++;
    await this.query.load({ subject: 'runs', ask: runs });
  }
}
