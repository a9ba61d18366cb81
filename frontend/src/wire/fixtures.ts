/** Answers for tests: safetensors, written by their description. */
export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Writes the format by its description, padding the header to any length. */
export function write(entries: Record<string, Entry>, answer: string, padding = 0): ArrayBuffer {
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

export const raw = (dtype: string, values: ArrayBufferView & { length: number }): Entry => ({
  dtype,
  shape: [values.length],
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});
