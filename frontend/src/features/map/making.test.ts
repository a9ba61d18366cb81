import { describe, expect, it } from 'vitest';

import { inAbout, noted, secondsUntil, type Noted } from './making';

describe('frames that are being made', () => {
  it('take as long as those before did', () => {
    const answers = [
      { at: 1000, ready: 2 },
      { at: 2000, ready: 4 },
      { at: 4000, ready: 8 },
    ];
    expect(secondsUntil(20, answers)).toBe(6);
    expect(secondsUntil(8, answers)).toBe(0);
    expect(secondsUntil(3, answers)).toBe(0);
  });

  it('take nobody knows how long before two answers differ', () => {
    expect(secondsUntil(3, [])).toBeNaN();
    expect(secondsUntil(3, [{ at: 0, ready: 1 }])).toBeNaN();
    expect(
      secondsUntil(3, [
        { at: 0, ready: 1 },
        { at: 600, ready: 1 },
      ]),
    ).toBeNaN();
  });

  it('are told by the last answers, and by none of another log', () => {
    let answers: readonly Noted[] = [];
    for (let ready = 0; ready < 20; ready++) answers = noted(answers, { at: ready, ready });
    expect(answers.map((each) => each.ready)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    expect(noted(answers, { at: 30, ready: 3 })).toEqual([{ at: 30, ready: 3 }]);
  });

  it('have no more digits than an estimate', () => {
    expect(inAbout(NaN)).toBe('');
    expect(inAbout(0.2)).toBe('in about 1 s');
    expect(inAbout(12.4)).toBe('in about 12 s');
    expect(inAbout(190)).toBe('in about 3 min 10 s');
  });
});
