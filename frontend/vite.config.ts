import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  // One file: TensorBoard imports it as the plugin's ES module, styles included.
  build: {
    target: 'es2022',
    outDir: '../tensorboard_plugin_deeptracker/static',
    emptyOutDir: true,
    lib: { entry: 'src/main.ts', formats: ['es'], fileName: () => 'index.js' },
    // Vite leaves libraries of this format their whitespace, for bundlers to come; none comes.
    rolldownOptions: { output: { minify: true } },
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
