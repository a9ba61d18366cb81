import type { Raster } from '../pixels/show';
import type { Point } from './affine';
import { FONT, type Scene, type Shape } from './shapes';

/**
 * A scene as the text of an SVG file.
 *
 * @param encode address of a picture's pixels as an image, e.g. a `data:` URL
 */
export function toSvg(scene: Scene, encode: (raster: Raster) => string): string {
  const { width, height, background, base, lit } = scene;
  const shapes = (list: readonly Shape[]): string[] => list.map((each) => shapeSvg(each, encode));
  const size = `width="${width}" height="${height}"`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}" font-family="${escape(FONT)}">`,
    `<rect ${size} fill="${background}"/>`,
    ...shapes(base),
    ...shapes(lit),
  ];
  return [...lines, '</svg>', ''].join('\n');
}

function shapeSvg(shape: Shape, encode: (raster: Raster) => string): string {
  if (shape.kind === 'raster') {
    const { a, b, c, d, e, f } = shape.matrix;
    const matrix = [a, b, c, d, e, f].map(rounded).join(' ');
    const { width, height } = shape.raster;
    const look = b !== 0 || c !== 0 ? '' : ' style="image-rendering: pixelated"';
    return `<image width="${width}" height="${height}" transform="matrix(${matrix})" href="${encode(shape.raster)}"${look}/>`;
  }
  const opacity = 'opacity' in shape ? ` opacity="${shape.opacity}"` : '';
  if (shape.kind === 'polygons') {
    return `<path d="${pathOf(shape.polygons, true)}" fill="${shape.fill}"${opacity}/>`;
  }
  if (shape.kind === 'lines') {
    const { color, width, dash } = shape.stroke;
    const dashes = dash ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    return `<path d="${pathOf(shape.lines, false)}" fill="none" stroke="${color}" stroke-width="${width}"${dashes}${opacity}/>`;
  }
  const { at, text, color, size, anchor, rotate, bold } = shape;
  const turn = rotate ? ` rotate(${rounded(rotate)})` : '';
  const weight = bold ? ' font-weight="600"' : '';
  return `<text transform="translate(${rounded(at.x)} ${rounded(at.y)})${turn}" font-size="${size}" text-anchor="${anchor}" fill="${color}"${weight}>${escape(text)}</text>`;
}

const pathOf = (lines: readonly (readonly Point[])[], closed: boolean): string =>
  lines
    .map((points) => {
      const steps = points.map(
        ({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`,
      );
      return steps.join('') + (closed ? 'Z' : '');
    })
    .join('');

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

const escape = (text: string): string =>
  text
    // Control characters are not allowed in XML, not even escaped.
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;');
