import { describe, expect, test } from '@jest/globals';
import { needsCleanup } from '../../../src/lifecycle/cleanup.ts';
import { type Creation, newMarker, startCreationRecord } from '../../../src/lifecycle/creation.ts';
import { now, runLabel } from '../../support/fixtures.ts';

const client = { clientId: 'own', features: ['login_client'] };

function start() {
  const saved: Creation[] = [];
  return { saved, record: startCreationRecord((changed) => saved.push(changed)) };
}

describe('the record of a creation', () => {
  test('saves that the client was handed over', () => {
    const { saved, record } = start();
    record.recordSend(runLabel, now);
    record.recordCreated(client);
    record.recordHandedOver('own');
    expect(saved.map(({ handedOverId }) => handedOverId)).toEqual([undefined, undefined, 'own']);
    expect(saved.at(-1)).toMatchObject({ clients: [client], openSends: [], requestsEnded: false });
    expect(needsCleanup(saved.at(-1) as Creation)).toBe(false);
  });

  test('is indeterminate only while the outcome of a send is unknown', () => {
    const { record } = start();
    expect(record.isIndeterminate).toBe(false);
    record.recordSend(runLabel, now);
    expect(record.isIndeterminate).toBe(true);
    record.recordCreated(client);
    expect(record.isIndeterminate).toBe(false);
    record.recordSend(runLabel, now + 1);
    expect(record.isIndeterminate).toBe(true);
    record.recordNotApplied();
    expect(record.isIndeterminate).toBe(false);
  });

  test('keeps looking for a client if an earlier send is unresolved when another one is deleted', () => {
    const { saved, record } = start();
    record.recordSend(runLabel, now);
    record.recordSend(runLabel, now + 1);
    record.recordCreated(client);
    record.recordDeleted('own');
    expect(saved.at(-1)?.openSends).toHaveLength(1);
    expect(saved.at(-1)?.clients).toEqual([]);
    expect(needsCleanup(saved.at(-1) as Creation)).toBe(true);
  });

  test('keeps the other client if one of two is deleted', () => {
    const { record } = start();
    expect(record.clients).toEqual([]);
    record.recordSend(runLabel, now);
    record.recordCreated(client);
    record.recordCreated({ ...client, clientId: 'other' });
    record.recordDeleted('own');
    expect(record.clients).toEqual([{ ...client, clientId: 'other' }]);
  });

  test('leaves out a send that certainly created nothing', () => {
    const { saved, record } = start();
    record.recordSend(runLabel, now);
    record.recordNotApplied();
    expect(saved.at(-1)).toMatchObject({ openSends: [], clients: [] });
    expect(needsCleanup(saved.at(-1) as Creation)).toBe(false);
    record.recordSend(runLabel, now + 5000);
    expect(saved.at(-1)).toMatchObject({ openSends: [now + 5000] });
  });

  test('saves nothing before the first send', () => {
    const { saved, record } = start();
    record.recordHandedOver('own');
    record.recordDeleted('own');
    expect(saved).toEqual([]);
  });
});

test('each marker is new, and has 24 hexadecimal digits', () => {
  expect(newMarker()).toMatch(/^[\da-f]{24}$/);
  expect(newMarker()).not.toBe(newMarker());
});
