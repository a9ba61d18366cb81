// Runs in the tab's frame from its very beginning: acts as a user does, and takes the time.
(() => {
  if (window.parent === window) return;

  const frame = () => new Promise(requestAnimationFrame);
  const all = (selector) => [...document.querySelectorAll(selector)];

  /** Milliseconds until something is there and has been drawn, and the longest frame meanwhile. */
  async function until(there, start = performance.now()) {
    let before = performance.now();
    let longest = 0;
    for (let seen = false; ; ) {
      await frame();
      const now = performance.now();
      longest = Math.max(longest, now - before);
      before = now;
      if (seen) return [now - start, longest];
      seen = there();
    }
  }

  /** When all of some elements were first there, in milliseconds since the frame was made. */
  const first = {};

  window.bench = {
    first,
    watch: (name, selector) =>
      void until(() => document.querySelector(selector) !== null, 0).then(([time]) => {
        first[name] = time;
      }),

    button: (name, within = '') =>
      all(`${within} button`).find((it) => it.innerText.trim() === name),

    /** Acts and waits for what comes of it. */
    timed: (act, there) => {
      const start = performance.now();
      act();
      return until(there, start);
    },

    /** Moves a slider by a notch and waits for the answer of a route to be drawn. */
    notch: (label, route) => {
      const slider = all('label')
        .find((it) => it.textContent.includes(label))
        .querySelector('input');
      const step = Number(slider.step) || 1;
      const answers = () =>
        performance.getEntriesByType('resource').filter(({ name }) => name.includes(route)).length;
      performance.clearResourceTimings();
      return window.bench.timed(() => {
        slider.valueAsNumber += slider.valueAsNumber < slider.max / 2 ? step : -step;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      }, () => answers() > 0);
    },

    /** Does something at every frame for as many frames; resolves to the time that each took. */
    frames: async (count, act) => {
      const times = [];
      let before = await frame();
      for (let i = 0; i < count; i++) {
        act(i);
        const now = await frame();
        times.push(now - before);
        before = now;
      }
      return times;
    },

    /** What zooms, scrolls and pans the chart that an element is in, there and back again. */
    gestures: (selector, count) => {
      const plot = document.querySelector(selector);
      const scroller = plot.closest('[role=tree]');
      const box = plot.getBoundingClientRect();
      const wheel = (deltaY, keys) =>
        plot.dispatchEvent(
          new WheelEvent('wheel', {
            deltaY,
            bubbles: true,
            cancelable: true,
            ...keys,
            clientX: box.left + box.width / 3,
            clientY: Math.max(box.top, 400),
          }),
        );
      const sign = (i) => (i < count / 2 ? 1 : -1);
      return {
        zooming: (i) => wheel(-40 * sign(i), { ctrlKey: true }),
        scrolling: (i) => void (scroller.scrollTop += 90 * sign(i)),
        panning: (i) => wheel(25 * sign(i), { shiftKey: true }),
      };
    },

    /** Moves the pointer over a chart, on a course that leads all over it. */
    hover: (selector) => {
      const chart = document.querySelector(selector);
      const box = chart.getBoundingClientRect();
      return (i) =>
        chart.dispatchEvent(
          new PointerEvent('pointermove', {
            bubbles: true,
            clientX: box.left + box.width * (0.5 + 0.45 * Math.sin(i / 7)),
            clientY: box.top + box.height * (0.5 + 0.45 * Math.sin(i / 5 + 1)),
          }),
        );
    },
  };
})();
