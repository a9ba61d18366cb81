/** Dotted lines that the user sets at iterations and names (paper, section 8.1). */
import type { Codec } from '../settings/codec';
import type { Step } from '../wire/units';

export interface Marker {
  readonly step: Step;
  readonly name: string;
}

/** The markers with one more at an iteration, or without the one that is there. */
export function toggledMarker(markers: readonly Marker[], step: Step): readonly Marker[] {
  const others = markers.filter((marker) => marker.step !== step);
  if (others.length < markers.length) return others;
  return [...others, { step, name: freeName(markers) }].sort((a, b) => a.step - b.step);
}

export const renamedMarker = (
  markers: readonly Marker[],
  step: Step,
  name: string,
): readonly Marker[] => markers.map((marker) => (marker.step === step ? { step, name } : marker));

/** A, B, … Z, A1, … whichever comes first and is free. */
function freeName(markers: readonly Marker[]): string {
  const taken = new Set(markers.map(({ name }) => name));
  for (let i = 0; ; i++) {
    const name = String.fromCharCode(65 + (i % 26)) + (i < 26 ? '' : String(Math.floor(i / 26)));
    if (!taken.has(name)) return name;
  }
}

export const markersCodec: Codec<readonly Marker[]> = {
  write: (value) => value.flatMap(({ step, name }) => [String(step), name]),
  read: (words) => {
    const markers = new Map<Step, Marker>();
    for (let i = 0; i + 1 < words.length; i += 2) {
      const step = Number(words[i] || NaN);
      if (Number.isSafeInteger(step)) markers.set(step, { step, name: words[i + 1] ?? '' });
    }
    return [...markers.values()].sort((a, b) => a.step - b.step);
  },
};
