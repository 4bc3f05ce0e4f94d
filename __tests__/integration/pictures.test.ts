import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { drawPictures } from '../../scripts/pictures.ts';

const root = resolve(import.meta.dirname, '../..');

test('the pictures show what the built action prints; to draw them again, run `npm run pictures`', async () => {
  const pictures = await drawPictures();
  expect(Object.keys(pictures)).toHaveLength(2);
  for (const [path, picture] of Object.entries(pictures)) {
    expect(picture).toContain('7hq4m2xw9kd3rnp8vbt6jz5cfyg2sea4');
    expect(readFileSync(join(root, path), 'utf8')).toBe(picture);
  }
});
