// The server program as whoever starts it meets it: a second start, a taken port, settings it refuses.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Client, makeFolder, removeFolder, Server, startServer } from './support.mjs';

describe('the server program', () => {
  let folder;
  before(() => { folder = makeFolder(); });
  after(() => removeFolder(folder));

  // Starts it with settings that it must refuse; answers what it said.
  async function refusedStart(args) {
    const server = new Server(args);
    const patience = setTimeout(() => server.process.kill('SIGKILL'), 60_000);
    const { code } = await server.ended;
    clearTimeout(patience);
    assert.ok(code === 1 || code === 2, `ended with ${code}: ${server.output}`);
    return server.output;
  }

  test('keeps its data and its administrator from one start to the next', async () => {
    const first = await startServer(folder);
    const token = first.adminToken;
    const admin = new Client(first, token);
    const customer = await admin.change('DirectoryService', 'CreateCustomer', { customer: { display_name: 'Kept' } });
    admin.close();
    assert.deepEqual(await first.stop(), { code: 0, signal: null }, first.output);
    const second = await startServer(folder);
    assert.equal(second.adminToken, token);
    const again = new Client(second, token);
    assert.equal((await again.call('DirectoryService', 'GetCustomer', { name: customer.name })).display_name, 'Kept');
    again.close();
    assert.deepEqual(await second.stop(), { code: 0, signal: null }, second.output);
  });

  test('says that its port is taken', async () => {
    const first = await startServer(folder);
    const other = makeFolder();
    const said = await refusedStart(['serve', '--data', other, '--listen', `127.0.0.1:${first.port}`]);
    assert.ok(said.includes(String(first.port)), said);
    removeFolder(other);
    await first.stop();
  });

  test('does not listen in plaintext where others could listen in', async () => {
    const said = await refusedStart(['serve', '--data', folder, '--listen', '0.0.0.0:0']);
    assert.match(said, /tls/i);
  });

  test('never writes over a file for the first administrator\'s token', async () => {
    const fresh = makeFolder();
    const file = join(fresh, 'notes.txt');
    writeFileSync(file, 'mine');
    const args = ['serve', '--data', join(fresh, 'data'), '--listen', '127.0.0.1:0', '--admin-token-file', file];
    const said = await refusedStart(args);
    assert.ok(said.includes(file), said);
    assert.equal(readFileSync(file, 'utf8'), 'mine');
    assert.ok(!existsSync(`${file}.pending`));
    removeFolder(fresh);
  });

  test('names the TLS file that it cannot use', async () => {
    const key = join(folder, 'bad.key');
    writeFileSync(key, 'this is no key');
    chmodSync(key, 0o600);
    for (const cert of [join(folder, 'missing.crt'), key]) {
      const said = await refusedStart(['serve', '--data', folder, '--listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key]);
      assert.ok(said.includes(cert) || said.includes(key), said);
    }
  });
});
