/** Error rates of classes, and the clusters of classes with similar ones. */
import { nearest, valueNear } from '../../axis/scale';
import type { Query } from '../../run/query.svelte';
import type { RunScope } from '../../run/scope.svelte';
import { DEFAULT_IMAGE_SET } from '../../run/settings';
import { toggled } from '../../settings/toggled';
import type { ClassIndex } from '../../wire/units';
import { AnomaliesState } from '../anomalies/api';
import { ImagesState, imagesSettings } from '../images/api';
import { SuggestedState } from '../suggested/api';
import { matches, ranking, undivided } from './classes';
import { opensItself, planRows, type Rows } from './plan';
import { validationSettings } from './settings';
import * as wire from './wire';

export class ValidationState {
  readonly #run: RunScope;
  readonly #anomalies: AnomaliesState;
  readonly settings;
  readonly errorRates: Query<wire.ErrorRates>;
  readonly clusters: Query<wire.Clusters>;
  /** Height of the area that the list has, in CSS pixels. */
  room = $state(0);
  /** Number of clusters that are asked for; null until it is known what the run suggests. */
  readonly k = $derived.by(() => {
    const k = this.settings.k ?? this.#run.state(SuggestedState).k;
    return k && Math.max(1, Math.min(k, this.#run.counts?.classes ?? k));
  });
  /** Position of the crosshair in the error rates; -1 without any. */
  readonly now = $derived.by(() => {
    const { crosshair } = this.#run.axis;
    const rates = this.errorRates.data;
    return rates && crosshair !== null ? nearest(rates.steps, crosshair) : -1;
  });
  /** Of which image set the error is, unless it is the usual one. */
  readonly errorName = $derived.by(() =>
    this.#run.imageSet === DEFAULT_IMAGE_SET
      ? 'Validation error'
      : `Error in ${this.#run.imageSet}`,
  );
  /** Over all images, at the crosshair. */
  readonly errorHere = $derived.by(() => {
    const { data } = this.errorRates;
    return data ? valueNear(data.steps, data.overall, this.#run.axis.crosshair ?? NaN) : NaN;
  });

  /** Until the clusters are found, all classes are one: there is something to see at once. */
  readonly grouped = $derived.by((): wire.Clusters | null => {
    const [rates, data] = [this.errorRates.data, this.#run.data];
    if (this.clusters.data || !rates || !data) return this.clusters.data;
    const classes = data.classes.map(({ name }) => name);
    return { k: 1, clusters: [{ classes, errorRate: rates.overall }] };
  });
  readonly isFiltered = $derived.by(
    () => this.settings.onlyAnomalies || this.settings.search !== '',
  );
  readonly openClusters = $derived.by((): readonly number[] => {
    const { grouped } = this;
    const opened = grouped && opensItself(grouped, this.isFiltered) ? grouped.clusters : [];
    return this.settings.openClusters ?? opened.map((_, i) => i);
  });
  /** What the view lists, opened or not. */
  readonly rows = $derived.by((): Rows => {
    const { data, classByName } = this.#run;
    if (!this.grouped || !data) return { rows: [], pinnedHeight: 0 };
    const images = this.#run.state(ImagesState);
    const { search, onlyAnomalies } = this.settings;
    const classWithId = images.findId(search.trim())?.class;
    return planRows({
      clusters: this.grouped,
      classByName,
      images: data.classes.map((each) => each.images),
      pinned: this.settings.pinned,
      ranking: this.#ranking,
      isShown: (index) =>
        (!onlyAnomalies || this.#anomalies.byClass.has(index)) &&
        (matches(search, this.#run.className(index)) || index === classWithId),
      isClusterOpen: (cluster) => this.openClusters.includes(cluster),
      isOpen: (index) => this.isOpen(index),
      room: this.room,
      rowZoom: this.#run.settings(imagesSettings).rowZoom,
    });
  });
  readonly #ranking = $derived.by(
    () =>
      ranking(this.settings.classSort, {
        names: this.#run.data?.classes.map(({ name }) => name) ?? [],
        errors: this.#errorsAtPinned(),
        anomalies: this.#anomalies.byClass,
      }) ?? undivided(this.clusters.data, this.#run.classByName),
  );

  constructor(run: RunScope) {
    this.#run = run;
    this.#anomalies = run.state(AnomaliesState);
    this.settings = run.settings(validationSettings);
    this.errorRates = run.aboutPredictions(wire.errorRates, { turn: 0 });
    this.clusters = run.aboutPredictions(
      (about, signal) => wire.clusters(about, this.k ?? 1, signal),
      { details: () => String(this.k), when: () => this.k !== null, turn: 1 },
    );
  }

  /** Error rates of a class, float32[validations]. */
  ratesOf(index: ClassIndex): Float32Array {
    const rates = this.errorRates.data;
    const n = rates?.steps.length ?? 0;
    return rates?.classes.subarray(index * n, (index + 1) * n) ?? new Float32Array();
  }

  /** While clusters are being found, or one is asked for, all classes are in it. */
  clusterName(cluster: number): string {
    const { data } = this.clusters;
    return data && data.k > 1 ? `Cluster ${cluster + 1}` : 'All classes';
  }

  isOpen(index: ClassIndex): boolean {
    return this.settings.openAll !== this.settings.openClasses.includes(index);
  }

  toggleClass(index: ClassIndex): void {
    this.settings.openClasses = toggled(this.settings.openClasses, index);
  }

  toggleCluster(cluster: number): void {
    this.settings.openClusters = toggled(this.openClusters, cluster);
  }

  togglePinned(index: ClassIndex): void {
    this.settings.pinned = toggled(this.settings.pinned, index);
  }

  /** Opens a class, and the cluster that it is in. */
  open(index: ClassIndex): void {
    if (!this.isOpen(index)) this.toggleClass(index);
    const name = this.#run.className(index);
    const cluster = this.grouped?.clusters.findIndex(({ classes }) => classes.includes(name)) ?? -1;
    if (!this.openClusters.includes(cluster)) this.toggleCluster(cluster);
  }

  /** Not at the pointer: the list would jump about below it. */
  #errorsAtPinned(): Float32Array {
    const rates = this.errorRates.data;
    if (!rates) return new Float32Array();
    const n = rates.steps.length;
    const at = nearest(rates.steps, this.#run.axis.settings.step ?? rates.steps.at(-1) ?? 0);
    return Float32Array.from(
      { length: rates.classes.length / n },
      (_, i) => rates.classes[i * n + at] ?? NaN,
    );
  }
}
