/** A picture as a list of shapes, so that a canvas, a file and a test see the same one. */
import type { Raster } from '../pixels/show';
import type { Matrix, Point } from './affine';

export interface Stroke {
  readonly color: string;
  readonly width: number;
  readonly dash?: readonly number[];
}

export type Shape =
  /** Pixels, mapped onto the picture by a matrix. */
  | { readonly kind: 'raster'; readonly raster: Raster; readonly matrix: Matrix }
  | {
      readonly kind: 'polygons';
      readonly polygons: readonly (readonly Point[])[];
      readonly fill: string;
      readonly opacity?: number;
    }
  | {
      readonly kind: 'lines';
      readonly lines: readonly (readonly Point[])[];
      readonly stroke: Stroke;
      readonly opacity?: number;
    }
  | {
      readonly kind: 'text';
      readonly at: Point;
      readonly text: string;
      readonly color: string;
      readonly size: number;
      readonly anchor: 'start' | 'middle' | 'end';
      /** Degrees, clockwise. */
      readonly rotate?: number;
      readonly bold?: boolean;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly base: readonly Shape[];
  /** What is highlighted, over the base: outlines and marks, so that nothing below is hidden. */
  readonly lit: readonly Shape[];
}

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";
