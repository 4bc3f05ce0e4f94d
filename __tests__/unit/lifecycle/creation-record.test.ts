import { expect, test } from '@jest/globals';
import {
  type Creation,
  type CreationRecord,
  needsCleanup,
  startCreationRecord,
} from '../../../src/lifecycle/creation-record.ts';
import { now, runLabel } from '../../support/basics.ts';

const client = { clientId: 'own', features: ['login_client'], createdAt: now + 2 };
const other = { ...client, clientId: 'other' };
const third = { ...client, clientId: 'third' };

/** Records what happened. @returns every creation that was saved */
function recorded(happen: (record: CreationRecord) => void) {
  const saved: Creation[] = [];
  const record = startCreationRecord((creation) => saved.push(creation));
  happen(record);
  return { record, saved };
}

const nothing = 'Nothing was created.';

test.each<[string, (record: CreationRecord) => void, Partial<Creation>, string]>([
  [
    'a send: a client may exist',
    (record) => record.recordSend(runLabel, now),
    { marker: runLabel.marker, expiresAt: runLabel.expiresAt, openSends: [now] },
    'A client may have been created; cleanup looks for it and deletes it.',
  ],
  [
    'a send that was not applied: nothing exists',
    (record) => {
      record.recordSend(runLabel, now);
      record.recordNotApplied();
    },
    { openSends: [], clients: [] },
    nothing,
  ],
  [
    'one that was not applied, and another one: only that counts',
    (record) => {
      record.recordSend(runLabel, now);
      record.recordNotApplied();
      record.recordSend(runLabel, now + 5000);
    },
    { openSends: [now + 5000] },
    'A client may have been created; cleanup looks for it and deletes it.',
  ],
  [
    'a creation: the client is known',
    (record) => {
      record.recordSend(runLabel, now);
      record.recordCreated(client);
    },
    { openSends: [], clients: [client] },
    'Client own was created; cleanup deletes it.',
  ],
  [
    'a creation by one of two sends: the later one stays open',
    (record) => {
      record.recordSend(runLabel, now);
      record.recordSend(runLabel, now + 1);
      record.recordCreated(client);
      record.recordDeleted('own');
    },
    { openSends: [now + 1], clients: [] },
    'A client may have been created; cleanup looks for it and deletes it.',
  ],
  [
    'three creations and a deletion: the other clients are left',
    (record) => {
      record.recordSend(runLabel, now);
      for (const created of [client, other, third]) record.recordCreated(created);
      record.recordDeleted('own');
    },
    { clients: [other, third] },
    'Client other, third was created; cleanup deletes it.',
  ],
  [
    'a deletion of all: nothing is left',
    (record) => {
      record.recordSend(runLabel, now);
      record.recordCreated(client);
      record.recordDeleted('own');
    },
    { openSends: [], clients: [] },
    'Client own was created, then deleted.',
  ],
])('after %s', (_, happen, expected, text) => {
  const { record, saved } = recorded(happen);
  expect(saved.at(-1)).toMatchObject(expected);
  expect(record.creation).toEqual(saved.at(-1));
  expect(record.isIndeterminate).toBe(expected.openSends !== undefined && expected.openSends.length > 0);
  expect(needsCleanup(saved.at(-1) as Creation)).toBe(text.includes('cleanup'));
  expect(record.describe()).toBe(text);
});

test('a client that was handed over needs no cleanup', () => {
  const { saved } = recorded((record) => {
    record.recordSend(runLabel, now);
    record.recordCreated(client);
    record.recordHandedOver('own');
  });
  expect(saved.map(({ handedOverId }) => handedOverId)).toEqual([undefined, undefined, 'own']);
  expect(saved.map(needsCleanup)).toEqual([true, true, false]);
});

test('nothing is saved before the first send, and a deleted client is still known as created', () => {
  const { record, saved } = recorded((fresh) => {
    fresh.recordHandedOver('own');
    fresh.recordDeleted('own');
  });
  expect(saved).toEqual([]);
  expect(record.isIndeterminate).toBe(false);
  expect(record.describe()).toBe(nothing);
  record.recordCreated(client);
  record.recordDeleted('own');
  expect([...record.createdIds]).toEqual(['own']);
});

test('an intent that could not be saved was not sent', () => {
  const full = new Error('no space');
  const record = startCreationRecord(() => {
    throw full;
  });
  expect(() => record.recordSend(runLabel, now)).toThrow(full);
  expect(record.isIndeterminate).toBe(false);
  expect(record.describe()).toBe(nothing);
});
