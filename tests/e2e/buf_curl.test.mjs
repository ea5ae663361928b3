// An administrator at a shell: `buf curl` knows nothing but the server's reflection.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { bufCurl, Client, furnish, makeFolder, removeFolder, signUp, startServer } from './support.mjs';

const PERMISSION_DENIED = 7 << 3;
const UNAUTHENTICATED = 16 << 3;

for (const tls of [false, true]) {
  describe(`buf curl ${tls ? 'over TLS' : 'in plaintext on loopback'}`, () => {
    let folder;
    let server;
    let staff;
    let opened;

    before(async () => {
      folder = makeFolder();
      server = await startServer(folder, { tls });
      const admin = new Client(server, server.adminToken);
      const { customer } = await furnish(admin);
      staff = await signUp(server, admin, 'Quality office', ['ROLE_QUALITY']);
      opened = await staff.change('CaseService', 'CreateCase',
        { service_case: { subject: 'CASE_SUBJECT_SERVICE', customer: customer.name, description: 'for buf' } });
      admin.close();
    });

    after(async () => {
      staff?.close();
      const end = await server?.stop();
      removeFolder(folder);
      assert.deepEqual(end, { code: 0, signal: null }, server?.output);
    });

    test('finds every service by reflection, without a token', async () => {
      const { code, out, err } = await bufCurl(server, '', { flags: ['--list-services'] });
      assert.equal(code, 0, err);
      for (const service of ['Access', 'Case', 'Directory', 'Dispatch', 'Event', 'Parts', 'Policy']) {
        assert.match(out, new RegExp(`^aftersales\\.v1\\.${service}Service$`, 'm'));
      }
      assert.match(out, /^grpc\.health\.v1\.Health$/m);
    });

    test('reads a case', async () => {
      const { code, out, err } = await bufCurl(server, '/aftersales.v1.CaseService/GetCase',
        { token: staff.token, data: { name: opened.name } });
      assert.equal(code, 0, err);
      const read = JSON.parse(out);
      assert.equal(read.name, opened.name);
      assert.equal(read.state, 'CASE_STATE_OPEN');
      assert.equal(read.description, 'for buf');
    });

    test('is told who it is and what it may do', async () => {
      const { out } = await bufCurl(server, '/aftersales.v1.AccessService/GetCaller', { token: server.adminToken });
      const caller = JSON.parse(out);
      assert.equal(caller.principal.name, 'principals/admin');
      assert.ok(caller.permissions.includes('access.write'));
      assert.ok(!caller.permissions.includes('cases.close'));
    });

    test('shows an error with its reason', async () => {
      const stranger = await bufCurl(server, '/aftersales.v1.CaseService/GetCase', { data: { name: opened.name } });
      assert.equal(stranger.code, UNAUTHENTICATED, stranger.err);
      assert.match(stranger.err, /unauthenticated/);
      const denied = await bufCurl(server, '/aftersales.v1.AccessService/ListPrincipals', { token: staff.token });
      assert.equal(denied.code, PERMISSION_DENIED, denied.err);
      const [detail] = JSON.parse(denied.err).details;
      assert.equal(detail.type, 'google.rpc.ErrorInfo');
      assert.match(Buffer.from(detail.value, 'base64').toString(), /PERMISSION_MISSING/);
    });

    test('asks for the server\'s health without a token', async () => {
      const { code, out, err } = await bufCurl(server, '/grpc.health.v1.Health/Check');
      assert.equal(code, 0, err);
      assert.equal(JSON.parse(out).status, 'SERVING');
    });
  });
}
