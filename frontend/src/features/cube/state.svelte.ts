/** What the cube shows, from the features whose views are its faces. */
import type { Axis } from '../../axis/axis.svelte';
import type { Theme } from '../../charts/palette';
import type { RunScope } from '../../run/scope.svelte';
import { screenOf, type Screen } from '../../shell/screen.svelte';
import { CorrelationState } from '../correlation/api';
import { layersSettings } from '../layers/api';
import { ValidationState } from '../validation/api';
import { cubeSettings } from './settings';

export class CubeState {
  readonly run: RunScope;
  readonly axis: Axis;
  readonly settings;
  readonly correlation: CorrelationState;
  readonly validation: ValidationState;
  readonly #screen: Screen;
  /** Of the chart, in CSS pixels. */
  width = $state(0);
  height = $state(0);

  constructor(run: RunScope) {
    this.run = run;
    this.axis = run.axis;
    this.settings = run.settings(cubeSettings);
    this.correlation = run.state(CorrelationState);
    this.validation = run.state(ValidationState);
    this.#screen = screenOf(run);
  }

  get theme(): Theme {
    return this.#screen.theme;
  }

  /** Of the filters on the front. */
  get measure(): string {
    return this.run.settings(layersSettings).measure;
  }
}
