import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { float32, FormatError, int32, int64, readSafetensors, uint8 } from './safetensors';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Writes the format by its description, padding the header to any length. */
function write(entries: Record<string, Entry>, answer: string, padding = 0): ArrayBuffer {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { answer } };
  for (const [name, { dtype, shape, bytes }] of Object.entries(entries)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header) + ' '.repeat(padding));
  const file = new Uint8Array(8 + json.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const { bytes } of Object.values(entries)) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file.buffer;
}

const raw = (dtype: string, values: ArrayBufferView & { length: number }): Entry => ({
  dtype,
  shape: [values.length],
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

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
