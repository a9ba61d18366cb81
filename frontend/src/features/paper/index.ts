import type { Feature } from '../../shell/feature';
import Guide from './Guide.svelte';
import Paths from './Paths.svelte';
import { paperSettings } from './settings';
import { PaperState } from './state.svelte';

/** What the paper's experts found (section 8), as paths to look for it in any run. */
export default {
  name: 'paper',
  settings: paperSettings,
  states: [PaperState],
  inspector: [{ about: 'guide', Details: Guide }],
  Help: Paths,
} satisfies Feature;
