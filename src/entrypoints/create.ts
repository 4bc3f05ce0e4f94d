import { randomBytes } from 'node:crypto';
import * as core from '@actions/core';
import { provision } from '../lifecycle/provision.ts';
import { withCapture } from '../workflow/connection.ts';
import { readContext, readEvent, required } from '../workflow/context.ts';
import { type InputSource, readCreateInputs } from '../workflow/inputs.ts';
import { openLog } from '../workflow/log.ts';
import { createOutputs, setOutputs } from '../workflow/outputs.ts';
import { planClient } from '../workflow/plan.ts';
import { remarkOnInputs, reportClient, summarize } from '../workflow/report.ts';
import { saveCreation } from '../workflow/state.ts';
import { runStep } from '../workflow/step.ts';
import { writeSummary } from '../workflow/summary.ts';

const env = process.env;
const log = openLog();

await runStep(log, async () => {
  const source: InputSource = { get: core.getInput, variables: Object.keys(env) };
  log.mask({ clientId: source.get('owner_client_id'), clientSecret: source.get('owner_client_secret') });
  const context = readContext(env, readEvent(env));
  const outputFile = required(env, 'GITHUB_OUTPUT');
  const inputs = readCreateInputs(source, context, Date.now());
  remarkOnInputs(inputs, log);

  const plan = planClient(inputs, context, Date.now(), randomBytes(12).toString('hex'));
  const { host } = inputs.capture.domain;
  const { client, creation } = await withCapture(inputs.capture, context, env, log, (capture) =>
    provision(plan, { capture, host, now: Date.now, mask: log.mask, save: saveCreation }),
  );

  setOutputs(outputFile, createOutputs(client, plan.label));
  saveCreation({ ...creation, announced: true });
  reportClient(client, host, plan.label, log);
  if (inputs.showSummary) await writeSummary('Capture API client', summarize(client, host, plan.label), log);
});
