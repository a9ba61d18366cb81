import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { matrixOf, sortedClasses } from './plan';
import type { Confusion } from './wire';

function add(counts: Int32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

/** By counting, one image after the other. */
function confusionOf(classes: number, images: readonly (readonly [number, number])[]): Confusion {
  const cells = new Map<string, number>();
  const [own, correct, predictedAs] = [0, 0, 0].map(() => new Int32Array(classes)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (const [label, predicted] of images) {
    cells.set(`${label} ${predicted}`, (cells.get(`${label} ${predicted}`) ?? 0) + 1);
    add(own, label);
    if (label === predicted) add(correct, label);
    if (predicted < classes) add(predictedAs, predicted);
  }
  const keys = [...cells.keys()].map((key) => key.split(' ').map(Number));
  return {
    step: 1,
    label: Int32Array.from(keys, ([label]) => label ?? 0),
    predicted: Int32Array.from(keys, ([, predicted]) => predicted ?? 0),
    count: Int32Array.from(cells.values()),
    images: own,
    correct,
    predictedAs,
    recall: Float32Array.from(own, (count, i) => (correct[i] ?? 0) / count),
    precision: Float32Array.from(predictedAs, (count, i) => (correct[i] ?? 0) / count),
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('a confusion matrix', () => {
  test('of few classes has all of them, in their order', () => {
    const data = confusionOf(3, [
      [0, 0],
      [0, 2],
      [1, 1],
      [2, 0],
      [2, 0],
    ]);
    expect(matrixOf(data)).toEqual({
      classes: [0, 1, 2],
      others: 0,
      counts: [
        [1, 0, 1],
        [0, 1, 0],
        [2, 0, 0],
      ],
    });
  });

  test('sums up predictions that have no name', () => {
    const { counts, others } = matrixOf(
      confusionOf(1, [
        [0, 0],
        [0, 7],
      ]),
    );
    expect(counts).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(others).toBe(0);
  });

  test('of many has those that are confused most, side by side', () => {
    const data = confusionOf(9, [
      [3, 7],
      [3, 7],
      [3, 7],
      [8, 1],
      [8, 1],
      [5, 0],
      [2, 2],
    ]);
    expect(matrixOf(data, 4)).toEqual({
      classes: [3, 7, 8, 1],
      others: 5,
      counts: [
        [0, 3, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 2, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 2],
      ],
    });
  });

  test('loses no image, whatever is left out', () => {
    const classes = 12;
    const image = fc.tuple(fc.nat(classes - 1), fc.nat(classes + 2));
    fc.assert(
      fc.property(fc.array(image), fc.integer({ min: 2, max: 14 }), (images, most) => {
        const data = confusionOf(classes, images);
        const matrix = matrixOf(data, most);
        expect(sum(matrix.counts.map(sum))).toBe(images.length);
        expect(new Set(matrix.classes).size).toBe(Math.min(classes, most));
        matrix.classes.forEach((label, i) => {
          expect(sum([...(matrix.counts[i] ?? [])])).toBe(data.images[label]);
          expect(matrix.counts[i]?.[i]).toBe(data.correct[label]);
        });
      }),
    );
  });
});

test('classes are sorted by what is known of them, the others last', () => {
  const data = confusionOf(4, [
    [0, 0],
    [0, 1],
    [1, 1],
    [2, 1],
  ]);
  const names = ['b', 'a10', 'a9', 'c'];
  expect(sortedClasses(data, names, 'class', 'up')).toEqual([2, 1, 0, 3]);
  expect(sortedClasses(data, names, 'recall', 'up')).toEqual([2, 0, 1, 3]);
  expect(sortedClasses(data, names, 'recall', 'down')).toEqual([1, 0, 2, 3]);
  expect(sortedClasses(data, names, 'precision', 'up')).toEqual([1, 0, 2, 3]);
  expect(sortedClasses(data, names, 'images', 'down')).toEqual([0, 1, 2, 3]);
});
