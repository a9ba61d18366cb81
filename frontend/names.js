/**
 * Writes beside the bundle what may stand in a link, static/names.json, so that Python can write
 * links: the bundle itself tells it.
 */
import { writeFileSync } from 'node:fs';

const STATIC = new URL('../tensorboard_plugin_deeptracker/static/', import.meta.url);

// The little of a browser that is asked for while the bundle is only read.
globalThis.window = globalThis;
globalThis.matchMedia = () => ({ matches: false });

const { names } = await import(new URL('index.js', STATIC));
writeFileSync(new URL('names.json', STATIC), JSON.stringify(names()));
