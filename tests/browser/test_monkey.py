"""A user who touches everything at random: nothing of it makes the tab complain."""

from __future__ import annotations

import random

import pytest

from tests.browser.tab import Tab

ACTS = 300
# Acts upon some element that is on screen; returns what that was.
_ACT = """([which, where, down]) => {
  const things = 'button, select, input, [role=treeitem], canvas, svg';
  const seen = [...document.querySelectorAll(things)].filter(
    (it) => it.getClientRects().length > 0 && !it.disabled && !/PNG|SVG|CSV/.test(it.innerText),
  );
  const thing = seen[Math.floor(which * seen.length)];
  if (!thing) return 'nothing';
  const tell = (...names) =>
    names.forEach((name) => thing.dispatchEvent(new Event(name, { bubbles: true })));
  if (thing.tagName === 'SELECT') {
    thing.selectedIndex = Math.floor(where * thing.options.length);
    tell('input', 'change');
  } else if (thing.type === 'range') {
    thing.value = Number(thing.min) + where * (thing.max - thing.min);
    tell('input', 'change');
  } else if (['search', 'text', 'number'].includes(thing.type)) {
    thing.value = ['', 'a', '1', 'zz'][Math.floor(where * 4)];
    tell('input', 'change');
  } else {
    const box = thing.getBoundingClientRect();
    const place = {
      bubbles: true,
      cancelable: true,
      clientX: box.left + where * box.width,
      clientY: box.top + down * box.height,
      pointerId: 1,
    };
    const hit = document.elementFromPoint(place.clientX, place.clientY);
    const target = hit && thing.contains(hit) ? hit : thing;
    for (const name of ['pointermove', 'pointerdown', 'pointerup']) {
      target.dispatchEvent(new PointerEvent(name, place));
    }
    target.dispatchEvent(new MouseEvent('click', place));
    if (which < 0.1) {
      const zoom = { ...place, deltaY: -200, ctrlKey: true };
      target.dispatchEvent(new WheelEvent('wheel', zoom));
    }
  }
  return `${thing.tagName} ${thing.getAttribute('aria-label') ?? thing.innerText}`.slice(0, 60);
}"""
_KEYS = [*"npmabt12345+-0", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Enter", "Escape"]


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("log", ["standing_tab", "digits_tab"])
def test_nothing_complains(request: pytest.FixtureRequest, log: str, seed: int) -> None:
    tab: Tab = request.getfixturevalue(log)
    tab.open()
    chance = random.Random(seed)
    acts: list[str] = []
    for _ in range(ACTS):
        if chance.random() < 0.25:
            acts.append(chance.choice(_KEYS))
            tab.page.keyboard.press(acts[-1])
        else:
            acts.append(tab.evaluate(_ACT, [chance.random() for _ in range(3)]))
        if chance.random() < 0.5:
            tab.page.wait_for_timeout(chance.choice([10, 50, 200, 600]))
        assert tab.complaints == [], f"after {acts[-8:]} in {tab.state()}"
