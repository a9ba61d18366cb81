import { describe, expect, test } from 'vitest';

import { imageRowHeight, planRows, visiblePart, type RowInput } from './plan';

const clusters = {
  k: 2,
  clusters: [
    { classes: ['a', 'c'], errorRate: new Float32Array() },
    { classes: ['b', 'd'], errorRate: new Float32Array() },
  ],
};
const input: RowInput = {
  clusters,
  classByName: new Map([
    ['a', 0],
    ['b', 1],
    ['c', 2],
    ['d', 3],
  ]),
  images: [3, 1000, 50, 50],
  pinned: [],
  ranking: null,
  isShown: () => true,
  isClusterOpen: () => true,
  isOpen: () => false,
  rowZoom: 1,
  room: 0,
};
const keys = (some: Partial<RowInput>): readonly string[] =>
  planRows({ ...input, ...some }).rows.map(({ key }) => key);

describe('the rows of the Validation View', () => {
  test('are clusters with their classes, in open ones their images', () => {
    expect(keys({ isClusterOpen: (cluster) => cluster === 0, isOpen: (c) => c === 2 })).toEqual([
      'cluster-0',
      'class-0',
      'class-2',
      'images-2',
      'cluster-1',
    ]);
  });

  test('are one list where classes are ranked', () => {
    expect(keys({ ranking: [1, 2, 0] })).toEqual(['class-1', 'class-2', 'class-0']);
  });

  test('begin with pinned classes, which no filter hides', () => {
    const { rows, pinnedHeight } = planRows({ ...input, pinned: [2], isShown: (c) => c === 1 });
    expect(rows.map(({ key }) => key)).toEqual(['class-2', 'cluster-1', 'class-1']);
    expect(rows[1]?.top).toBe(pinnedHeight);
  });

  test('leave out clusters without classes to show', () => {
    expect(keys({ isShown: (c) => c !== 1 && c !== 3 })).toEqual([
      'cluster-0',
      'class-0',
      'class-2',
    ]);
  });

  test('show a cluster of one class once', () => {
    const own = { k: 1, clusters: [{ classes: ['c'], errorRate: new Float32Array() }] };
    const { rows } = planRows({ ...input, clusters: own, isOpen: () => true });
    expect(rows.map(({ key, level }) => [key, level])).toEqual([
      ['class-2', 1],
      ['images-2', 2],
    ]);
    expect(rows[0]).toMatchObject({ kind: 'class', cluster: 0 });
  });

  test('use the area, within limits, and keep their height when images are opened', () => {
    const heights = (some: Partial<RowInput>): readonly number[] =>
      planRows({ ...input, ...some })
        .rows.filter(({ kind }) => kind !== 'images')
        .map(({ height }) => height);
    const usual = heights({});
    expect(usual).toEqual([34, 28, 28, 34, 28, 28]);
    expect(heights({ room: 100 })).toEqual(usual);
    const all = heights({ room: 282 });
    expect(all).toEqual([51, 42, 42, 51, 42, 42]);
    expect(heights({ room: 282, isOpen: () => true })).toEqual(all);
    expect(heights({ room: 9999 })).toEqual(usual.map((height) => 2 * height));
  });

  test('are as high as the zoom asks for, within limits', () => {
    expect(imageRowHeight(50, 1)).toBe(4);
    expect(imageRowHeight(50, 2)).toBe(8);
    expect(imageRowHeight(5000, 1)).toBe(1);
    expect(imageRowHeight(5, 1)).toBe(10);
    expect(imageRowHeight(50, 1e9)).toBe(40);
  });

  test('are drawn where they are seen', () => {
    const tall = { ...input, isOpen: (c: number) => c === 1, rowZoom: 16 };
    const row = planRows(tall).rows.find(({ key }) => key === 'images-1');
    if (row?.kind !== 'images') throw new Error('not there');
    const seen = row.top + 5000;
    const part = visiblePart(row, seen, seen + 700);
    expect(part.from).toBeLessThanOrEqual(5000 - 6);
    expect(part.to).toBeGreaterThanOrEqual(5700 - 6);
    expect(part.to - part.from).toBeLessThan(2 * 1024);
    expect(visiblePart(row, 0, 10)).toEqual({ from: 0, to: 0 });
  });
});
