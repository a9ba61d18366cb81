import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { markersCodec, renamedMarker, toggledMarker } from './markers';

describe('markers', () => {
  test('are set, named in order, renamed and removed', () => {
    let markers = toggledMarker([], 900);
    markers = toggledMarker(markers, 300);
    expect(markers).toEqual([
      { step: 300, name: 'B' },
      { step: 900, name: 'A' },
    ]);
    markers = renamedMarker(markers, 300, 'first peak');
    markers = toggledMarker(markers, 900);
    expect(markers).toEqual([{ step: 300, name: 'first peak' }]);
    expect(toggledMarker(markers, 900)[1]?.name).toBe('A');
  });

  test('never share a name of their own', () => {
    let markers: ReturnType<typeof toggledMarker> = [];
    for (let step = 0; step < 60; step++) markers = toggledMarker(markers, step);
    expect(new Set(markers.map(({ name }) => name)).size).toBe(60);
  });

  test('come back as they were written, and nothing else does', () => {
    const { read, write } = markersCodec;
    const markers = fc
      .uniqueArray(fc.record({ step: fc.maxSafeNat(), name: fc.string() }), {
        selector: ({ step }) => step,
      })
      .map((drawn) => drawn.sort((a, b) => a.step - b.step));
    fc.assert(
      fc.property(markers, (drawn) => {
        expect(read(write(drawn))).toEqual(drawn);
      }),
    );
    expect(
      read(['7', 'late', '', 'none', 'x', 'no number', '3', 'early', '7', 'again', '9']),
    ).toEqual([
      { step: 3, name: 'early' },
      { step: 7, name: 'again' },
    ]);
  });
});
