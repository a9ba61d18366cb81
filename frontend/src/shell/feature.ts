/** What a feature tells the shell about itself; all of it is optional but the name. */
import type { Component } from 'svelte';

import type { TimeScale } from '../axis/scale';
import type { Reading } from '../charts/readout/plan';
import type { RunScope, State } from '../run/scope.svelte';
import type { Declaration } from '../settings/setting';
import type { Step } from '../wire/units';
import type { AnyKind } from './selection';
import type { Filling } from './slots';

export interface Feature {
  readonly name: string;
  readonly settings?: Declaration;
  /** What is loaded of a run: made with it, dropped with it. What to ask when is up to them. */
  readonly states?: readonly State<unknown>[];
  readonly view?: View;
  /** What can be selected. */
  readonly kinds?: readonly AnyKind[];
  readonly inspector?: readonly Section[];
  readonly lanes?: readonly Lane[];
  readonly keys?: readonly Key[];
  readonly help?: readonly HelpEntry[];
  /** A section of the help; it may close it. */
  readonly Help?: Component<{ close: () => void }>;
  /** A part of the top bar, beside the run. */
  readonly Top?: Component;
  /** A part of the status line. */
  readonly Status?: Component;
  /** Esc: gives up the feature's own selection; false if there was none to be seen. */
  readonly clear?: (run: RunScope) => boolean;
  readonly fillings?: readonly Filling[];
}

export interface View {
  /** Its name in the address. */
  readonly id: string;
  /** Of its tab. */
  readonly title: string;
  /** Its name for those who do not see it. */
  readonly label: string;
  /** Why there is nothing to show at all; null if there is. */
  readonly missing?: (run: RunScope) => Missing | null;
  /** Controls and legend above the chart or the table. */
  readonly Header?: Component;
  readonly Chart: Component;
  readonly Table?: Component;
  /** What the inspector shows first while the view is on screen. */
  readonly Details?: Component;
}

/** What is missing, and the lines of code that would log it. */
export interface Missing {
  readonly title: string;
  readonly text: string;
  readonly code: string;
}

/** A section of the inspector. */
export interface Section {
  /**
   * What it is about: the kind in focus, the iteration at the crosshair (within whose section it
   * stands, or beside its buttons), the run, or what the person follows, which stands above all.
   */
  readonly about: AnyKind | 'iteration' | 'iteration buttons' | 'run' | 'guide';
  readonly Details: Component;
}

/** A row of the timeline, or a part of one. */
export interface Lane {
  readonly name: string;
  /** Lines in the chart that all lanes share. */
  readonly curves?: (run: RunScope) => readonly Curve[];
  /** Said in the chart where there is no curve at all. */
  readonly noCurve?: (run: RunScope) => string | null;
  /** Above the chart, over its whole width. */
  readonly Above?: Component;
  /** Below the chart; it draws within the scale's width. */
  readonly Strip?: Component<{ scale: TimeScale }>;
  /** What it is at the crosshair: terms (`dt`) and values (`dd`) beside the chart. */
  readonly Legend?: Component;
  /** The same at the pointer, and as text for screen readers. */
  readonly readings?: (run: RunScope) => readonly Reading[];
  /** Columns of the timeline's table. */
  readonly columns?: (run: RunScope) => readonly Column[];
}

export interface Curve {
  readonly steps: readonly Step[];
  readonly values: ArrayLike<number>;
  /** What was logged, where the values are made from it. */
  readonly raw?: ArrayLike<number>;
  /** In CSS. */
  readonly color: string;
  readonly width: number;
  /** Whether it is dashed: of another run than the shown one. */
  readonly isDashed?: boolean;
  /** Whether it is a share of images, which all have one scale; others have an axis each. */
  readonly isRate: boolean;
  /** Whether its own axis is logarithmic. */
  readonly isLog?: boolean;
  /**
   * Its value at the crosshair, which gets a dot; null for none. A function, so that the curve
   * itself is not drawn again whenever the crosshair moves.
   */
  readonly here: (() => number) | null;
}

export interface Column {
  readonly name: string;
  readonly format?: (value: number) => string;
  /** At position `i` of the axis's steps. */
  readonly value: (step: Step, i: number) => number;
}

/** A key, for the help; with an action, the key works in the whole tab. */
export interface Key {
  /** As it is written in the help. */
  readonly keys: string;
  readonly meaning: string;
  /** The help's section; otherwise that of all keys. */
  readonly section?: string;
  /** By `KeyboardEvent.key`, letters in lower case. */
  readonly actions?: Readonly<Record<string, (run: RunScope, event: KeyboardEvent) => boolean>>;
}

/** An entry of the help: a mark, or what the mouse does. */
export interface HelpEntry {
  readonly section: 'Marks' | 'Mouse';
  /** Text, or a small drawing. */
  readonly sign: string | Component;
  readonly meaning: string;
}
