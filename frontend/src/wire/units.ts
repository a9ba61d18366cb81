/**
 * Numbers that must not be mixed up. A brand costs nothing at run time; it makes
 * passing a position where an iteration is meant a compile error.
 */
declare const unit: unique symbol;
type Branded<T, Name extends string> = T & { readonly [unit]?: Name };

/** A training iteration. */
export type Step = Branded<number, 'iteration'>;
/** Position of a class in the run's list of classes. */
export type ClassIndex = Branded<number, 'class'>;
/** Position of an image among the images of its class. */
export type ImageIndex = Branded<number, 'image'>;
/** Position of a node of the module tree, depth first, parents before children. */
export type NodeIndex = Branded<number, 'node'>;
/** Position of a layer in the run's layers, in forward order. */
export type LayerIndex = Branded<number, 'layer'>;
/** Position of a filter in its layer. */
export type FilterIndex = Branded<number, 'filter'>;
