import { svelte } from '@sveltejs/vite-plugin-svelte';
import { minify } from 'terser';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Vite leaves libraries of this format as they are, for bundlers to come; none comes. What its own minifier makes
// is 2 % larger.
const options = { module: true, compress: { passes: 3 } };
const minified: Plugin = {
  name: 'minified',
  async generateBundle(_, bundle) {
    for (const part of Object.values(bundle))
      if (part.type === 'chunk') part.code = (await minify(part.code, options)).code ?? part.code;
  },
};

// Columns of Parquet that no table of ours has, nested and geometric ones, and filters of values: 2 % of the
// bundle. Whoever asks for one gets nothing.
const UNUSED = /hyparquet-writer\/src\/(bloom|geospatial|variant|wkb)\.js$/;
const withoutUnused: Plugin = {
  name: 'without-unused',
  apply: 'build',
  transform: (code, id) =>
    UNUSED.test(id)
      ? [...code.matchAll(/^export (?:function|class) (\w+)/gm)]
          .map(([, name]) => `export function ${name}() {}`)
          .join('\n')
      : undefined,
};

export default defineConfig({
  plugins: [svelte(), withoutUnused, minified],
  // One file: TensorBoard imports it as the plugin's ES module, styles included.
  build: {
    target: 'es2022',
    outDir: '../tensorboard_plugin_deeptracker/static',
    emptyOutDir: true,
    lib: { entry: 'src/main.ts', formats: ['es'], fileName: () => 'index.js' },
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  test: {
    // No test leaves anything behind that another could see; to import all anew for each file takes longer.
    isolate: false,
    testTimeout: 0, // A slow machine is no mistake.
    include: ['src/**/*.test.ts'],
    setupFiles: ['./tests.js'],
    // Components are for the browser tests.
    coverage: { include: ['src/**/*.ts'], reporter: ['text'], skipFull: true },
  },
});
