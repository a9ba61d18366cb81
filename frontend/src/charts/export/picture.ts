/**
 * What is on screen as one SVG: text stays text and lines stay lines; pixel charts and
 * photographs become images within it.
 *
 * Understands what this tab is made of: boxes with a background and borders, text, SVG,
 * canvases, images, scrolled regions, colour bars. Controls are left out, as is what only screen
 * readers get; but for those with `data-pictured`, which say something too.
 */
const NAMESPACE = 'http://www.w3.org/2000/svg';
const LEFT_OUT =
  '.for-readers, button:not([data-pictured]), input, select, textarea, label:has(input, select), [data-control], [hidden]';
/** Of SVG elements, what their style sheets say. */
const INLINED = [
  ...['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'opacity'],
  // Labels have an outline below them.
  'paint-order',
  ...['fill-opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'display'],
];

interface Origin {
  readonly x: number;
  readonly y: number;
}

export async function svgOf(
  element: HTMLElement,
): Promise<{ svg: string; width: number; height: number }> {
  const { x, y, width, height } = element.getBoundingClientRect();
  const root = make('svg', { xmlns: NAMESPACE, width, height, viewBox: `0 0 ${width} ${height}` });
  const background = getComputedStyle(document.body).backgroundColor;
  root.append(make('rect', { width, height, fill: background }));
  await draw(element, root, { x, y });
  return { svg: new XMLSerializer().serializeToString(root), width, height };
}

/** Draws an element and all in it; `origin`: where the parent's coordinates begin on screen. */
async function draw(element: Element, into: Element, origin: Origin): Promise<void> {
  if (element.matches(LEFT_OUT)) return;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const { width, height } = box;
  if (style.display === 'none' || style.visibility === 'hidden') return;
  const place = { x: box.x - origin.x, y: box.y - origin.y, width, height };

  if (element instanceof SVGSVGElement) {
    into.append(drawing(element, place));
    return;
  }
  if (element instanceof HTMLCanvasElement || element instanceof HTMLImageElement) {
    const href = await imageData(element);
    const rendering = `image-rendering: ${style.imageRendering}`;
    if (href !== null) {
      into.append(make('image', { ...place, href, preserveAspectRatio: 'none', style: rendering }));
    }
    return;
  }
  into.append(...boxParts(style, place));

  // A nested drawing cuts off what is scrolled out of sight.
  const clips = style.overflowX !== 'visible' && width > 0 && height > 0;
  const inner = clips ? make('svg', { ...place, overflow: 'hidden' }) : into;
  const within = clips ? { x: box.x, y: box.y } : origin;
  if (clips) into.append(inner);
  for (const child of element.childNodes) {
    if (child instanceof Text) inner.append(...textLines(child, style, within));
    else if (child instanceof Element) await draw(child, inner, within);
  }
}

type Place = Readonly<Record<'x' | 'y' | 'width' | 'height', number>>;

function boxParts(style: CSSStyleDeclaration, { x, y, width, height }: Place): Element[] {
  const parts: Element[] = [];
  if (!isClear(style.backgroundColor) && width > 0 && height > 0) {
    const rx = Math.min(parseFloat(style.borderTopLeftRadius) || 0, height / 2);
    parts.push(make('rect', { x, y, width, height, rx, fill: style.backgroundColor }));
  }
  const colors = barColors(style.backgroundImage);
  if (colors.length > 1 && width > 0) {
    const each = width / colors.length;
    colors.forEach((fill, i) => {
      // Each a little wider: or there would be seams.
      const wide = i < colors.length - 1 ? each + 0.5 : each;
      parts.push(make('rect', { x: x + i * each, y, width: wide, height, fill }));
    });
  }
  const sides = [
    ['top', x, y, x + width, y],
    ['right', x + width, y, x + width, y + height],
    ['bottom', x, y + height, x + width, y + height],
    ['left', x, y, x, y + height],
  ] as const;
  for (const [side, x1, y1, x2, y2] of sides) {
    const thickness = parseFloat(style.getPropertyValue(`border-${side}-width`));
    const stroke = style.getPropertyValue(`border-${side}-color`);
    if (!(thickness > 0) || isClear(stroke)) continue;
    const dotted = style.getPropertyValue(`border-${side}-style`) === 'dotted';
    const dashes = dotted ? { 'stroke-dasharray': `${thickness} ${2 * thickness}` } : {};
    parts.push(make('line', { x1, y1, x2, y2, stroke, 'stroke-width': thickness, ...dashes }));
  }
  return parts;
}

/** How many colours a colour bar is drawn with. */
const BAR = 64;

/** Colours of a gradient to the right, from stops that are evenly spread; none of anything else. */
export function barColors(image: string): readonly string[] {
  if (!image.startsWith('linear-gradient(to right')) return [];
  const stops = Array.from(image.matchAll(/rgba?\(([^)]*)\)/g), ([, parts = '']) =>
    parts.split(/[\s,/]+/).map(Number),
  );
  if (stops.length < 2) return [];
  return Array.from({ length: BAR }, (_, i) => {
    const at = (i / (BAR - 1)) * (stops.length - 1);
    const [from = [], to = []] = [stops[Math.floor(at)], stops[Math.ceil(at)]];
    const mixed = [0, 1, 2].map((k) => {
      const [a, b] = [from[k] ?? 0, to[k] ?? 0];
      return Math.round(a + (at % 1) * (b - a));
    });
    return `rgb(${mixed.join(' ')})`;
  });
}

/** The lines of a text as they are broken on screen. */
function textLines(text: Text, style: CSSStyleDeclaration, origin: Origin): Element[] {
  const lines: { words: string; left: number; top: number; bottom: number }[] = [];
  const range = document.createRange();
  for (const match of text.data.matchAll(/\S+/g)) {
    range.setStart(text, match.index);
    range.setEnd(text, match.index + match[0].length);
    const { left, top, bottom, width } = range.getBoundingClientRect();
    if (width === 0) continue;
    const last = lines.at(-1);
    if (last && Math.abs(last.top - top) < 2) last.words += ` ${match[0]}`;
    else lines.push({ words: match[0], left, top, bottom });
  }
  return lines.map(({ words, left, top, bottom }) => {
    const line = make('text', {
      x: left - origin.x,
      y: (top + bottom) / 2 - origin.y,
      'dominant-baseline': 'central',
      'font-family': style.fontFamily,
      'font-size': style.fontSize,
      'font-weight': style.fontWeight,
      fill: style.color,
    });
    line.textContent = words;
    return line;
  });
}

/** A copy of an SVG that carries its style with it. */
function drawing(original: SVGSVGElement, place: Place): Element {
  const copy = original.cloneNode(true) as SVGSVGElement;
  const copies = [copy, ...copy.querySelectorAll('*')];
  [original, ...original.querySelectorAll('*')].forEach((each, i) => {
    const style = getComputedStyle(each);
    const inlined = INLINED.map((name) => `${name}:${style.getPropertyValue(name)}`);
    copies[i]?.setAttribute('style', inlined.join(';'));
    copies[i]?.removeAttribute('class');
  });
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  copy.setAttribute('overflow', getComputedStyle(original).overflow);
  return copy;
}

async function imageData(element: HTMLCanvasElement | HTMLImageElement): Promise<string | null> {
  if (element instanceof HTMLCanvasElement) {
    return element.width > 0 && element.height > 0 ? element.toDataURL() : null;
  }
  try {
    await element.decode();
  } catch {
    // An image that is missing on screen is missing in the picture.
    return null;
  }
  const canvas = document.createElement('canvas');
  canvas.width = element.naturalWidth;
  canvas.height = element.naturalHeight;
  canvas.getContext('2d')?.drawImage(element, 0, 0);
  return canvas.toDataURL();
}

/** Whether nothing is seen of a colour; one without blue is no such. */
export const isClear = (color: string): boolean =>
  color === 'transparent' || color === '' || /^rgba\(.*,\s*0\)$|\/\s*0\)$/.test(color);

function make(name: string, attributes: Readonly<Record<string, string | number>>): Element {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
