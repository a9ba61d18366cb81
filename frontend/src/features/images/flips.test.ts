import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { confusions, flipsByClass } from './flips';

// Class 0 has rows 0 to 2, class 1 none, class 2 rows 3 and 4.
const firstRows = [0, 3, 3, 5];
const data = {
  step: 20,
  previous: 10,
  before: Int32Array.of(1, 0, -1, 0, 2),
  predicted: Int32Array.of(0, 2, 0, 2, 2),
};

describe('the images at a validation', () => {
  test('that flip are listed by class and direction, with what they were predicted as', () => {
    expect(flipsByClass(data, firstRows)).toEqual([
      {
        class: 0,
        learned: [{ image: 0, before: 1, after: 0 }],
        forgotten: [{ image: 1, before: 0, after: 2 }],
      },
      { class: 2, learned: [{ image: 0, before: 0, after: 2 }], forgotten: [] },
    ]);
  });

  test('are confused as they are predicted', () => {
    const expected = [{ label: 0, predicted: 2, images: 1, share: 1 / 3 }];
    expect(confusions(data, firstRows, null)).toEqual(expected);
    expect(confusions(data, firstRows, 0)).toEqual(expected);
    expect(confusions(data, firstRows, 2)).toEqual([]);
  });

  test('are all counted, however they are split', () => {
    const predictions = fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(predictions, (predicted) => {
        const answer = { ...data, predicted: Int32Array.from(predicted) };
        const labels = [0, 0, 0, 2, 2];
        const wrong = predicted.filter((each, row) => each >= 0 && each !== labels[row]).length;
        const found = confusions(answer, firstRows, null);
        expect(found.reduce((sum, { images }) => sum + images, 0)).toBe(wrong);
        const flips = flipsByClass(answer, firstRows);
        const flipped = predicted.filter((now, row) => {
          const [was, label] = [data.before[row] ?? -1, labels[row]];
          return now >= 0 && was >= 0 && (now === label) !== (was === label);
        });
        const listed = flips.flatMap(({ learned, forgotten }) => [...learned, ...forgotten]);
        expect(listed).toHaveLength(flipped.length);
      }),
    );
  });
});
