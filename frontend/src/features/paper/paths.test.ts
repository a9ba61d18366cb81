import { expect, test } from 'vitest';

import { addressWith, fieldsOf, PATHS } from './paths';

test('there are ten, of two to four steps or a single place', () => {
  expect(PATHS.length).toBe(10);
  for (const { steps } of PATHS) expect(steps.length).toBeLessThanOrEqual(4);
});

test('a step leads to what was found in the run, and nowhere without it', () => {
  const step = { text: '', show: 'a.b*{class}!c.d*{step}' };
  expect(fieldsOf(step, { class: '3', step: '40' })).toBe('a.b*3!c.d*40');
  expect(fieldsOf(step, { class: '3' })).toBe(null);
  expect(fieldsOf({ text: '', show: 'a.b*1' }, {})).toBe('a.b*1');
});

test('the run and the path stay, and nothing else', () => {
  const address =
    '2!screen.run*resnet50!screen.view*cube!run.imageSet*train!axis.step*7!paper.path*3';
  expect(addressWith(address, 'screen.view*layers')).toBe(
    '2!screen.run*resnet50!run.imageSet*train!paper.path*3!screen.view*layers',
  );
});
