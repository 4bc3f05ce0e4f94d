/** Draws the pictures of the README from what the built action prints: `npm run pictures`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EmulatedGitHub } from '../__tests__/support/github-api.ts';
import { Job } from '../__tests__/support/runner/run.ts';
import { startEmulator } from '../emulator/emulator.ts';

const root = resolve(import.meta.dirname, '..');
const folder = 'docs/images';

/** What a step printed. */
interface Stage {
  readonly title: string;
  readonly workflow: string;
  readonly log: string;
  readonly summary: string;
}

const pullRequest = {
  event: {
    action: 'opened',
    pull_request: {
      number: 42,
      state: 'open',
      user: { login: 'ada' },
      head: { repo: { id: 123456, full_name: 'acme/shop' } },
      base: { repo: { id: 123456, full_name: 'acme/shop' } },
    },
  },
  env: { GITHUB_EVENT_NAME: 'pull_request' },
};

/** The life of a pull request's client: created, reused, and deleted by the sweep after the merge. */
async function liveOnce(): Promise<Stage[]> {
  await using github = await EmulatedGitHub.start({ '/repos/acme/shop/pulls/42': { state: 'closed' } });
  const emulator = await startEmulator();
  const run = async (action: string, options: object, inputs: Record<string, string>): Promise<Stage> => {
    const job = new Job();
    try {
      const { log, summary, conclusion } = await job.step({
        action: join(root, action),
        inputs: {
          capture_domain: emulator.domain,
          owner_client_id: emulator.owner.client_id,
          owner_client_secret: emulator.owner.client_secret,
          ...inputs,
        },
        masks: [emulator.owner.client_secret],
        expressions: { 'github.token': 'ghs_token' },
        ...options,
      });
      if (conclusion === 'failure') throw new Error(log);
      return { title: '', workflow: '', log, summary };
    } finally {
      await job.dispose();
    }
  };
  try {
    const preview = { lifetime: 'pull_request', name: 'preview', features: 'login_client' };
    const created = await run('.', pullRequest, preview);
    const [, client] = emulator.clients();
    const reused = await run('.', pullRequest, preview);
    const swept = await run('sweep', { env: { GITHUB_API_URL: github.url } }, {});
    const show = (text: string): string =>
      text
        .replaceAll(client?.client_id ?? '', '7hq4m2xw9kd3rnp8vbt6jz5cfyg2sea4')
        .replaceAll(new URL(emulator.domain).host, 'example.us-dev.janraincapture.com')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, '2026-12-13T09:30:00Z')
        .replaceAll(/\b[\da-f]{24}\b/g, '4c930a9c0edb21e88068dcad');
    return [
      { ...created, title: 'First push', workflow: 'preview.yml' },
      { ...reused, title: 'Next push', workflow: 'preview.yml' },
      { ...swept, title: 'Merge', workflow: 'sweep.yml' },
    ].map((stage) => ({ ...stage, log: show(stage.log), summary: show(stage.summary) }));
  } finally {
    await emulator.close();
  }
}

/** GitHub's colors. The pictures have a background of their own, so that they can be read on any page. */
const style = `
  .page { fill: #ffffff; stroke: #d1d9e0 } .box { fill: #f6f8fa; stroke: #d1d9e0 } .rule { stroke: #d1d9e0 }
  text { fill: #1f2328; font: 14px system-ui, sans-serif }
  .strong { font-weight: 600 } .head { font-weight: 600; font-size: 18px } .soft { fill: #59636e }
  .mono { font: 12px ui-monospace, monospace }
  .alive { stroke: #1a7f37; fill: #1a7f37 } .gone { stroke: #59636e; fill: #ffffff } .link { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d } .box { fill: #151b23; stroke: #3d444d } .rule { stroke: #3d444d }
    text { fill: #f0f6fc } .soft { fill: #9198a1 } .gone { stroke: #9198a1; fill: #0d1117 }
    .alive { stroke: #3fb950; fill: #3fb950 } .link { fill: #4493f8 }
  }`;

const width = 860;

function svg(title: string, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<style>${style}
</style>
<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${parts.join('\n')}
</svg>
`;
}

function text(x: number, y: number, kind: string, words: string): string {
  return `<text x="${x}" y="${y}" class="${kind}">${escapeXml(words)}</text>`;
}

function escapeXml(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Breaks a text into lines of at most so many characters. */
function wrap(words: string, columns: number): string[] {
  const lines = [''];
  for (const word of words.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function drawLife(stages: readonly Stage[]): string {
  const parts: string[] = [];
  const centers: number[] = [];
  let y = 20;
  for (const { title, workflow, log } of stages) {
    const lines = log
      .trim()
      .split('\n')
      .flatMap((line) => wrap(line, 88));
    const height = 24 + lines.length * 18;
    centers.push(y + 26);
    parts.push(
      `<rect class="box" x="180" y="${y}" width="660" height="${height}" rx="6"/>`,
      ...lines.map((line, index) => text(194, y + 25 + index * 18, 'mono', line)),
      text(60, y + 24, 'strong', title),
      text(60, y + 42, 'soft', workflow),
    );
    y += Math.max(height, 52) + 16;
  }
  const [first = 0, last = 0] = [centers[0], centers.at(-1)];
  const line = `<line class="alive" x1="36" x2="36" y1="${first}" y2="${last}" stroke-width="4"/>`;
  const dots = centers.map(
    (center) =>
      `<circle class="${center === last ? 'gone' : 'alive'}" cx="36" cy="${center}" r="8" stroke-width="3"/>`,
  );
  const title =
    "The life of a pull request's client: created by the first push, reused by the next, deleted after the merge";
  return svg(title, y + 4, [line, ...dots, ...parts]);
}

/** The text of HTML with its tags removed. */
function plain(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .trim();
}

function drawSummary(html: string): string {
  const parts: string[] = [];
  let y = 40;
  for (const [block] of html.matchAll(/<h3>.*?<\/h3>|<p>.*?<\/p>|<tr>.*?<\/tr>/gs)) {
    if (block.startsWith('<tr>')) {
      const cells = [...block.matchAll(/<t[hd]>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell);
      const [name = '', value = ''] = cells;
      const kind = value.includes('<code>') ? 'mono' : value.includes('<a ') ? 'link' : '';
      const lines = wrap(plain(value), 88);
      parts.push(
        `<line class="rule" x1="24" x2="${width - 24}" y1="${y - 20}" y2="${y - 20}"/>`,
        text(24, y, 'strong', plain(name)),
        ...lines.map((line, index) => text(190, y + index * 20, kind, line)),
      );
      y += lines.length * 20 + 14;
    } else {
      const isHead = block.startsWith('<h3>');
      for (const line of wrap(plain(block), isHead ? 70 : 110)) {
        parts.push(text(24, y, isHead ? 'head' : '', line));
        y += 22;
      }
      y += 14;
    }
  }
  return svg('The job summary of the step that creates a client', y - 8, parts);
}

/** Draws all pictures, by path. */
export async function drawPictures(): Promise<Record<string, string>> {
  const stages = await liveOnce();
  return {
    [`${folder}/client-life.svg`]: drawLife(stages),
    [`${folder}/job-summary.svg`]: drawSummary(stages[0]?.summary ?? ''),
  };
}

if (import.meta.main) {
  mkdirSync(join(root, folder), { recursive: true });
  for (const [path, picture] of Object.entries(await drawPictures())) {
    writeFileSync(join(root, path), picture);
    console.log(path);
  }
}
