import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  // Classes of a component have as short a name as is safe.
  compilerOptions: { runes: true, css: 'injected', cssHash: ({ hash, css }) => `s${hash(css)}` },
};
