import { describe, expect, test } from 'vitest';

import { epochTag, isErrorRate, isWide, lossTag, rateTag, stages } from './plan';
import type { Series } from './wire';

describe('the tags of the user', () => {
  test.each([
    [['loss/train', 'loss/val', 'lr'], 'loss/train', 'lr'],
    [['train_loss', 'val_loss', 'lr-Adam'], 'train_loss', 'lr-Adam'],
    [['train/loss', 'eval/loss', 'train/learning_rate'], 'train/loss', 'train/learning_rate'],
    [['Loss', 'Accuracy'], 'Loss', undefined],
    [['error/train', 'error/val', 'learning rate'], 'error/train', 'learning rate'],
    [['glossary', 'flr'], undefined, undefined],
    [['val_loss'], undefined, undefined],
    [[], undefined, undefined],
  ])('%j', (tags, loss, rate) => {
    expect(lossTag(tags)).toBe(loss);
    expect(rateTag(tags)).toBe(rate);
  });
});

const series = (values: readonly number[]): Series => ({
  tag: 'lr',
  steps: values.map((_, i) => 10 * i),
  values,
  times: values.map(() => 0),
});

describe('learning-rate stages', () => {
  test('are stretches of equal rates', () => {
    const rates = [...Array<number>(20).fill(0.1), ...Array<number>(20).fill(0.01)];
    expect(stages(series(rates))).toEqual([
      { from: 0, to: 200, rate: 0.1 },
      { from: 200, to: 390, rate: 0.01 },
    ]);
  });

  test('of a rate that always changes are none', () => {
    const cosine = Array.from({ length: 100 }, (_, i) => Math.cos((i / 100) * Math.PI) + 1.1);
    expect(stages(series(cosine))).toBeNull();
  });

  test('are not split by rounding to float32', () => {
    expect(stages(series([0.1, Math.fround(0.1)]))).toHaveLength(1);
  });
});

test('an error rate is called so and lies between 0 and 1', () => {
  const series = (tag: string, values: readonly number[]): boolean =>
    isErrorRate({ tag, steps: [], times: [], values });
  expect(series('train/error', [0, NaN, 1])).toBe(true);
  expect(series('train/loss', [0, 1])).toBe(false);
  expect(series('error', [0, 1.5])).toBe(false);
  expect(series('error', [-0.1])).toBe(false);
});

test('a wide curve above 0 is for a logarithmic axis, whatever a few of its values are', () => {
  const falling = Array.from({ length: 100 }, (_, i) => 2 * 0.95 ** i);
  expect(isWide(falling)).toBe(true);
  expect(isWide([...falling, 0])).toBe(false);
  expect(isWide([...falling.map((value) => 1 + value), 1e6, NaN])).toBe(false);
  expect(isWide([])).toBe(false);
});

test('epochs are a scalar that is called so', () => {
  expect(epochTag(['train/loss', 'train/epoch', 'eval/epoch_time'])).toBe('train/epoch');
  expect(epochTag(['epoch'])).toBe('epoch');
  expect(epochTag(['loss/epoch_mean', 'reepoch'])).toBeUndefined();
});
