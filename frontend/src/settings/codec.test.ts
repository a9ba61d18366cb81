import fc from 'fast-check';
import { expect, test } from 'vitest';

import * as codec from './codec';

const position = fc.nat({ max: 2 ** 40 });
const roundTrips = <T>(which: codec.Codec<T>, values: fc.Arbitrary<T>): void => {
  fc.assert(
    fc.property(values, (value) => {
      expect(which.read(which.write(value))).toEqual(value);
    }),
  );
};

test('values come back as they were', () => {
  roundTrips(codec.text, fc.string({ unit: 'binary' }));
  roundTrips(codec.words, fc.array(fc.string({ unit: 'binary' })));
  roundTrips(codec.flag, fc.boolean());
  roundTrips(codec.choice(['a', 'b']), fc.constantFrom('a', 'b'));
  roundTrips(codec.integer(-3, 9), fc.integer({ min: -3, max: 9 }));
  roundTrips(
    codec.number(0, 1),
    fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
  );
  roundTrips(codec.optionalInteger, fc.maxSafeInteger());
  roundTrips(codec.positions, fc.array(position));
  roundTrips(codec.optionalPositions, fc.array(position));
  roundTrips(
    codec.optionalRange,
    fc
      .tuple(position, position)
      .filter(([from, to]) => from < to)
      .map(([from, to]) => [from, to] as const),
  );
});

test('nothing chosen has no words, an empty choice has', () => {
  expect(codec.optionalText.write(null)).toEqual([]);
  expect(codec.optionalPositions.write(null)).toEqual([]);
  expect(codec.optionalPositions.write([])).toEqual(['']);
  expect(codec.optionalPositions.read([''])).toEqual([]);
});

test('what is beyond the limits or makes no sense is nothing', () => {
  const { read } = codec.integer(1, 10);
  for (const word of ['0', '11', '2.5', '', 'x', 'NaN', '1e9'])
    expect(read([word])).toBeUndefined();
  expect(read([])).toBeUndefined();
  expect(codec.flag.read(['2'])).toBeUndefined();
  expect(codec.choice(['a']).read(['b'])).toBeUndefined();
  expect(codec.optionalRange.read(['5', '5'])).toBeUndefined();
  expect(codec.positions.read(['3', '-1', '1.5', 'x'])).toEqual([3]);
});
