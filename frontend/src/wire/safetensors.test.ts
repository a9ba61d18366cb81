import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { raw, write } from './fixtures';
import { float32, FormatError, int32, int64, readSafetensors, uint8 } from './safetensors';

describe('safetensors', () => {
  test('gives back what was written, wherever it lies', () => {
    const floats = fc.float32Array();
    const bytes = fc.uint8Array();
    const steps = fc.array(fc.maxSafeInteger());
    const padding = fc.nat({ max: 16 });
    fc.assert(
      fc.property(floats, bytes, fc.int32Array(), steps, padding, (a, b, c, d, pad) => {
        const entries = {
          b: raw('U8', b),
          a: raw('F32', a),
          c: raw('I32', c),
          d: raw('I64', BigInt64Array.from(d, BigInt)),
        };
        const file = readSafetensors(write(entries, '{"k":4}', pad));
        expect(file.metadata['answer']).toBe('{"k":4}');
        expect(float32(file, 'a')).toEqual(a);
        expect(uint8(file, 'b')).toEqual(b);
        expect(int32(file, 'c')).toEqual(c);
        expect(int64(file, 'd')).toEqual(d.map((step) => step + 0));
      }),
    );
  });

  test('never reads beyond a file that was cut', () => {
    const whole = write({ a: raw('F32', new Float32Array(8)) }, '{}');
    for (let length = 0; length < whole.byteLength; length++) {
      expect(() => readSafetensors(whole.slice(0, length))).toThrow(FormatError);
    }
  });

  test('says what is missing and what is of another type', () => {
    const file = readSafetensors(write({ a: raw('F32', new Float32Array(8)) }, '{}'));
    expect(() => float32(file, 'b')).toThrow('lacks "b"');
    expect(() => int32(file, 'a')).toThrow('"a" is F32, expected I32');
  });
});
