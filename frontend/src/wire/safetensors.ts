/**
 * Reads the safetensors format: a length, a JSON header, raw little-endian arrays.
 *
 * Arrays are views of the response's buffer wherever their alignment allows it.
 */
export interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface Tensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export class FormatError extends Error {
  override name = 'FormatError';
}

const ITEM_SIZE: Readonly<Record<string, number>> = { U8: 1, I32: 4, F32: 4, I64: 8 };

export function readSafetensors(buffer: ArrayBuffer): Tensors {
  if (buffer.byteLength < 8) throw new FormatError('the answer ends before its header');
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const start = 8 + length;
  if (start > buffer.byteLength) throw new FormatError('the answer ends within its header');
  const header: unknown = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  if (!isRecord(header)) throw new FormatError('the header is not an object');

  const metadata: Record<string, string> = {};
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (!isRecord(entry)) throw new FormatError(`"${name}" is not an object`);
    if (name === '__metadata__') Object.assign(metadata, entry);
    else tensors.set(name, readEntry(buffer, start, name, entry));
  }
  return { metadata, tensors };
}

function readEntry(
  buffer: ArrayBuffer,
  start: number,
  name: string,
  entry: Record<string, unknown>,
): Tensor {
  const dtype = String(entry['dtype']);
  const shape = entry['shape'] as number[];
  const [begin, end] = entry['data_offsets'] as [number, number];
  const size = ITEM_SIZE[dtype];
  if (size === undefined) throw new FormatError(`"${name}" has the unknown type ${dtype}`);
  if (shape.reduce((a, b) => a * b, size) !== end - begin || start + end > buffer.byteLength) {
    throw new FormatError(`"${name}" does not have the bytes its shape [${shape.join()}] needs`);
  }
  return { dtype, shape, bytes: new Uint8Array(buffer, start + begin, end - begin) };
}

/** The tensor's bytes where a typed array may start; copied only if they are not. */
function aligned(tensor: Tensor, itemSize: number): Uint8Array {
  return tensor.bytes.byteOffset % itemSize === 0 ? tensor.bytes : tensor.bytes.slice();
}

function find(file: Tensors, name: string, dtype: string): Tensor {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new FormatError(`the answer lacks "${name}"`);
  if (tensor.dtype !== dtype) {
    throw new FormatError(`"${name}" is ${tensor.dtype}, expected ${dtype}`);
  }
  return tensor;
}

export function float32(file: Tensors, name: string): Float32Array {
  const { buffer, byteOffset, byteLength } = aligned(find(file, name, 'F32'), 4);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

export function int32(file: Tensors, name: string): Int32Array {
  const { buffer, byteOffset, byteLength } = aligned(find(file, name, 'I32'), 4);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

export function uint8(file: Tensors, name: string): Uint8Array {
  return find(file, name, 'U8').bytes;
}

/** 64-bit integers as numbers: iterations stay far below 2^53. */
export function int64(file: Tensors, name: string): number[] {
  const { buffer, byteOffset, byteLength } = aligned(find(file, name, 'I64'), 8);
  return Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
