/** The axis of iterations that all views share: what of it is visible, and where the crosshair is. */
import { formatShortStep } from '../charts/format';
import type { ValuesOf } from '../settings/setting';
import type { Step } from '../wire/units';
import { toggledMarker } from './markers';
import { pannedBy, resized, within, zoomedBy, type Range } from './range';
import { along, at, rising, stepAlong, type Course } from './course';
import { extentOfColumns, nearest, timeScale, type TimeScale } from './scale';
import type { axisSettings } from './settings';
import { formatDuration, type Courses, type Tick, type Unit, unitTicks } from './units';

/** Where the plots over iterations are on screen; the same for the timeline and the views. */
export class Plot {
  /** In CSS pixels. */
  width = $state(0);
  /** Width in CSS pixels of what stands left of the plots; null for the usual. */
  gutter = $state<number | null>(null);
}

/** The iterations at which something was logged, ascending. */
export interface LoggedSteps {
  readonly dumps: readonly Step[];
  readonly validations: readonly Step[];
}

export class Axis {
  readonly settings: ValuesOf<typeof axisSettings>;
  readonly plot: Plot;
  readonly #logged: () => LoggedSteps | null;
  /** The iteration under the pointer. */
  hovered = $state<Step | null>(null);
  /** Epochs and times, as far as anybody knows them. */
  courses = $state.raw<Courses>({ epoch: null, time: null });
  /** The iterations that are being selected with the pointer. */
  dragged = $state.raw<Range | null>(null);

  /** What the arrow keys go through: the validations, or the dumps without any. */
  readonly steps = $derived.by((): readonly Step[] => {
    const steps = this.#logged();
    return steps ? (steps.validations.length > 0 ? steps.validations : steps.dumps) : [];
  });
  readonly crosshair = $derived.by(
    () => this.hovered ?? this.settings.step ?? this.steps.at(-1) ?? null,
  );
  /** All that was logged, from the first column's left border to the last one's right. */
  readonly extent = $derived.by((): Range | null => {
    const steps = this.#logged();
    return steps ? extentOfColumns(steps.dumps, steps.validations) : null;
  });
  /** The iterations on screen. */
  readonly visible = $derived.by((): Range | null => {
    const { zoom } = this.settings;
    return (zoom && this.extent && within(zoom, this.extent)) ?? this.extent;
  });
  /** What the axis is read in; iterations where the other is not known. */
  readonly unit = $derived.by((): Unit => {
    const { unit } = this.settings;
    return unit !== 'iteration' && this.courses[unit] ? unit : 'iteration';
  });
  /** What distances are in proportion to; null for iterations. */
  readonly #course = $derived.by((): Course | null => {
    const course = this.unit === 'iteration' ? null : this.courses[this.unit];
    return course && rising(course);
  });
  readonly scale = $derived.by((): TimeScale | null =>
    this.visible && this.plot.width > 0 ? this.scaleOf(this.visible, this.plot.width) : null,
  );

  constructor(
    settings: ValuesOf<typeof axisSettings>,
    plot: Plot,
    logged: () => LoggedSteps | null,
  ) {
    this.settings = settings;
    this.plot = plot;
    this.#logged = logged;
  }

  /** Of some iterations over a width, with the distances that all charts have. */
  scaleOf([from, to]: Range, width: number): TimeScale {
    return timeScale(from, to, width, this.#course);
  }

  /** Round values to write along a scale. */
  ticks(scale: TimeScale): readonly (Tick & { readonly text: string })[] {
    const format = this.unit === 'time' ? formatDuration : formatShortStep;
    return unitTicks(this.unit, this.courses, scale).map((tick) => ({
      ...tick,
      text: format(tick.value),
    }));
  }

  /** An iteration in the axis's unit, with the unit; empty where that is the iteration itself. */
  inUnit(step: Step | null): string {
    const { unit } = this;
    const known = unit === 'iteration' ? null : this.courses[unit];
    if (!known || step === null) return '';
    const value = at(known, step);
    if (Number.isNaN(value)) return `${unit} not logged`;
    return unit === 'epoch' ? `epoch ${value.toFixed(2)}` : formatDuration(value);
  }

  /** Pins an iteration, and sees to it that it is on screen. */
  showStep(step: Step): void {
    this.hovered = null;
    this.settings.step = step;
    const { visible } = this;
    if (visible && (step < visible[0] || step > visible[1])) {
      const half = (visible[1] - visible[0]) / 2;
      this.zoomTo([step - half, step + half]);
    }
  }

  /** Moves the pinned iteration along the steps. */
  moveCrosshair(by: number): void {
    const at = nearest(this.steps, this.crosshair ?? 0);
    const to = Math.min(this.steps.length - 1, Math.max(0, at + by));
    this.hovered = null;
    this.settings.step = this.steps[to] ?? null;
  }

  /** Shows a range of iterations; null shows all. */
  zoomTo(range: Range | null): void {
    if (!this.extent) return;
    const [from, to] = range ?? this.extent;
    this.settings.zoom = zoomedBy([from, to], this.extent, (from + to) / 2, 1, this.#minWidth);
  }

  /** Zooms around an iteration, which stays where it is on screen; a factor above 1 zooms in. */
  zoomBy(factor: number, at = this.crosshair): void {
    if (!this.extent || !this.scale || at === null) return;
    const { from, to } = this.scale;
    const middle = at < from || at > to ? (from + to) / 2 : at;
    this.settings.zoom = this.#apart(this.extent, (on, full) =>
      zoomedBy(on([from, to]), full, on([middle, middle])[0], factor, 0),
    );
    const [a, b] = this.visible ?? [from, to];
    if (b - a < this.#minWidth) {
      this.settings.zoom = zoomedBy([from, to], this.extent, middle, factor, this.#minWidth);
    }
  }

  /** Moves the first (0) or the last (1) iteration on screen. */
  resize(border: 0 | 1, to: number): void {
    if (!this.extent || !this.visible) return;
    this.settings.zoom = resized(this.visible, this.extent, border, to, this.#minWidth);
  }

  /** Moves the visible range by a share of its width. */
  panBy(share: number): void {
    if (!this.extent || !this.scale) return;
    const { from, to } = this.scale;
    this.settings.zoom = this.#apart(this.extent, (on, full) => {
      const range = on([from, to]);
      return pannedBy(range, full, share * (range[1] - range[0]));
    });
  }

  /** Ranges are moved and made shorter in what distances are in proportion to. */
  #apart(
    full: Range,
    changed: (on: (range: Range) => Range, full: Range) => Range | null,
  ): Range | null {
    const course = this.#course;
    if (!course) return changed((range) => range, full);
    const on = ([from, to]: Range): Range => [along(course, from), along(course, to)];
    const found = changed(on, on(full));
    return found && [stepAlong(course, found[0]), stepAlong(course, found[1])];
  }

  /** Sets a marker at the crosshair, or removes the one that is there. */
  toggleMarker(step = this.crosshair): void {
    if (step !== null) this.settings.markers = toggledMarker(this.settings.markers, step);
  }

  /** Narrower than a few columns there is nothing more to see. */
  get #minWidth(): number {
    const [from, to] = this.extent ?? [0, 1];
    return Math.max(1, (4 * (to - from)) / Math.max(4, this.steps.length));
  }
}
