/** Examples are the same each time, but where other ones are looked for (`scripts/test --full`). */
import process from 'node:process';

import fc from 'fast-check';

if (!process.env['DEEPTRACKER_TEST_SEARCH']) fc.configureGlobal({ seed: 1 });
