// What a Node client streams in and out: attachments, and an import of the directory.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';

import grpc from '@grpc/grpc-js';

import { Client, furnish, makeFolder, reasonOf, refusal, removeFolder, startServer } from './support.mjs';

const { status } = grpc;
const PIECE = 500_000;

describe('streams of a Node client', () => {
  let folder;
  let server;
  let admin;
  let things;

  before(async () => {
    folder = makeFolder();
    server = await startServer(folder);
    admin = new Client(server, server.adminToken);
    things = await furnish(admin);
  });

  after(async () => {
    admin?.close();
    const end = await server?.stop();
    removeFolder(folder);
    assert.deepEqual(end, { code: 0, signal: null }, server?.output);
  });

  function upload(bytes, { attachment = {}, request_id = randomUUID(), breakOff = false } = {}) {
    return new Promise((resolve, reject) => {
      const call = admin.stub('AttachmentService').UploadAttachment(admin.metadata(),
        (error, answer) => (error ? reject(error) : resolve(answer)));
      call.on('error', () => {});  // told to the callback, too
      call.write({
        start: { request_id, attachment: { parent: things.customer.name, filename: '制动器.jpg', media_type: 'image/jpeg', ...attachment } },
      });
      for (let at = 0; at < bytes.length; at += PIECE) call.write({ chunk: bytes.subarray(at, at + PIECE) });
      if (breakOff) call.cancel(); else call.end();
    });
  }

  async function download(name, offset = 0) {
    const stream = admin.stub('AttachmentService').DownloadAttachment({ name, offset }, admin.metadata());
    const pieces = [];
    for await (const message of stream) if (message.chunk?.length) pieces.push(message.chunk);
    return Buffer.concat(pieces);
  }

  const photo = (size) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), randomBytes(size - 3)]);

  test('an attachment comes out as it went in', async () => {
    const bytes = photo(3_000_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const request_id = randomUUID();
    const uploaded = await upload(bytes, { attachment: { sha256 }, request_id });
    assert.equal(uploaded.size, bytes.length);
    assert.equal(uploaded.sha256, sha256);
    assert.equal((await upload(bytes, { request_id })).name, uploaded.name, 'a repeat');
    assert.ok(bytes.equals(await download(uploaded.name)));
    assert.ok(bytes.subarray(1_234_567).equals(await download(uploaded.name, 1_234_567)));
  });

  test('what is broken off or wrong is not kept', async () => {
    const before = await admin.call('AttachmentService', 'ListAttachments', { parent: things.customer.name });
    assert.equal((await refusal(upload(photo(2_000_000), { breakOff: true }))).code, status.CANCELLED);
    const wrong = await refusal(upload(photo(1000), { attachment: { sha256: '0'.repeat(64) } }));
    assert.equal(wrong.code, status.INVALID_ARGUMENT);
    assert.equal(reasonOf(wrong), 'CONTENT_INVALID');
    assert.equal(reasonOf(await refusal(upload(Buffer.from('MZ'.repeat(50))))), 'CONTENT_INVALID');
    assert.equal(reasonOf(await refusal(upload(photo(10), { attachment: { parent: 'customers/none' } }))), 'RESOURCE_NOT_FOUND');
    const now = await admin.call('AttachmentService', 'ListAttachments', { parent: things.customer.name });
    assert.deepEqual(now, before);
  });

  test('an import reports on each row and sums up', async () => {
    const call = admin.stub('DirectoryService').ImportDirectory(admin.metadata());
    const reports = [];
    let summary;
    call.on('data', (message) => { reports.push(...(message.reports ?? [])); summary = message.summary ?? summary; });
    call.write({ options: { request_id: randomUUID(), mode: 'IMPORT_MODE_BEST_EFFORT' } });
    for (let i = 0; i < 10; ++i) {
      const rows = [];
      for (let k = 0; k < 50; ++k) {
        rows.push({ customer: { external_id: `K-${i * 50 + k}`, display_name: k === 7 ? '' : `Customer ${i * 50 + k}` } });
      }
      call.write({ rows });
    }
    call.end();
    await once(call, 'end');
    assert.equal(reports.length, 500);
    assert.deepEqual(reports.map((report) => report.row), [...Array(500).keys()].map((i) => i + 1));
    assert.equal(summary.rows, 500);
    assert.equal(summary.failed, 10);
    assert.equal(summary.created, 490);
    assert.match(reports[7].field, /display_name/);
  });
});
