import { openLog } from '../workflow/log.ts';
import { remarkOnLeftover } from '../workflow/report.ts';
import { loadCreation } from '../workflow/state.ts';
import { runStep } from '../workflow/step.ts';

const log = openLog();

await runStep(log, async () => {
  const creation = loadCreation();
  if (creation !== undefined) remarkOnLeftover(creation, log);
});
