// The server program as whoever starts it meets it: a second start, a taken port, settings it refuses.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Client, makeFolder, reasonOf, removeFolder, Server, startServer } from './support.mjs';

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

  test('clears nothing that it could not check', async () => {
    const said = await refusedStart(['check', '--data', join(folder, 'elsewhere')]);
    assert.match(said, /cannot open .*elsewhere/);
    assert.doesNotMatch(said, /0 faults/);
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

  test('keeps the last admin token from being revoked, and makes a new one when it is lost', async () => {
    const server = await startServer(folder);
    const admin = new Client(server, server.adminToken);
    const { tokens } = await admin.call('AccessService', 'ListTokens', {});
    assert.equal(tokens.length, 1);
    const refused = await admin.change('AccessService', 'RevokeToken', { name: tokens[0].name }).catch((error) => error);
    assert.equal(reasonOf(refused), 'STATE_FORBIDS');
    const file = join(folder, 'restored-token');
    const restore = new Server(['admin-token', '--data', join(folder, 'data'), '--admin-token-file', file]);
    assert.deepEqual(await restore.ended, { code: 0, signal: null }, restore.output);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const restored = new Client(server, readFileSync(file, 'utf8').trim());
    await restored.change('AccessService', 'RevokeToken', { name: tokens[0].name });
    const unknown = await admin.call('AccessService', 'GetCaller', {}).catch((error) => error);
    assert.equal(reasonOf(unknown), 'NOT_AUTHENTICATED');
    await refusedStart(['admin-token', '--data', join(folder, 'data'), '--admin-token-file', file]);
    admin.close();
    restored.close();
    await server.stop();
  });

  test('says which setting is wrong, and where', async () => {
    const config = join(folder, 'server.conf');
    for (const [text, part] of [['bogus = 1\n', 'bogus'], ['workers = many\n', 'workers'], ['workers = 1000\n', 'workers']]) {
      writeFileSync(config, text);
      assert.match(await refusedStart(['--config', config, '--check-config']), new RegExp(part));
    }
    writeFileSync(config, 'workers = 2\n');
    const sound = new Server(['--config', config, '--check-config', '--data', folder]);
    assert.deepEqual(await sound.ended, { code: 0, signal: null }, sound.output);
    for (const [args, part] of [
      [['--workers', 'x'], 'workers'], [['--nonsense'], 'nonsense'], [['--listen', 'nowhere'], 'nowhere'],
      [['--database', 'oracle:x'], 'oracle'], [['--database', 'mysql:user=u,database=a;b,host=h'], 'database='],
      [['--metrics', 'bogus'], 'bogus'], [['--tls-cert', 'x'], 'tls-key'], [['--test-clock', join(folder, 'none')], 'none'],
    ]) {
      assert.match(await refusedStart(['--check-config', ...args]), new RegExp(part), args.join(' '));
    }
  });

  test('can be stopped while it waits for its database, and does not wait for what will not come', async () => {
    const fresh = makeFolder();
    const waiting = new Server(['--data', fresh, '--listen', '127.0.0.1:0', '--database', 'mysql:host=127.0.0.1,port=1,user=u,database=d']);
    while (waiting.running && !waiting.output.includes('waiting for the database')) await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual(await waiting.stop(), { code: 0, signal: null }, waiting.output);
    const file = join(fresh, 'text.db');
    writeFileSync(file, 'This is no database.'.repeat(100));
    const said = await refusedStart(['--data', fresh, '--listen', '127.0.0.1:0', '--database', `sqlite:${file}`]);
    assert.ok(said.includes(file) && !said.includes('waiting'), said);
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
