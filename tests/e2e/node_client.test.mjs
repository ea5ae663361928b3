// A Node client, made by somebody else's tool from the proto files, over TLS with a bearer token.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import grpc from '@grpc/grpc-js';

import { Client, detailsOf, furnish, makeFolder, reasonOf, refusal, removeFolder, signUp, startServer } from './support.mjs';

const { status } = grpc;

describe('a Node client over TLS', () => {
  let folder;
  let server;
  let admin;
  let staff;
  let things;
  let openCase;

  before(async () => {
    folder = makeFolder();
    server = await startServer(folder, { tls: true });
    admin = new Client(server, server.adminToken);
    things = await furnish(admin);
    staff = await signUp(server, admin, 'Quality office', ['ROLE_QUALITY', 'ROLE_CUSTOMER_SERVICE']);
    openCase = (more = {}) => staff.change('CaseService', 'CreateCase', {
      service_case: {
        subject: 'CASE_SUBJECT_PRODUCT', customer: things.customer.name, equipment: things.equipment.name,
        description: 'The brake does not release', ...more,
      },
    });
  });

  after(async () => {
    admin?.close();
    staff?.close();
    const end = await server?.stop();
    removeFolder(folder);
    assert.deepEqual(end, { code: 0, signal: null }, server?.output);
  });

  test('the first administrator\'s token lies in a private file', () => {
    assert.equal(server.tokenMode, 0o600);
    assert.match(server.adminToken, /^aft_[A-Za-z0-9_-]{43}$/);
    assert.ok(!server.output.includes(server.adminToken), 'the log shows the token');
  });

  test('opens a case from a telephone call and reads it back', async () => {
    const noticed = Math.floor(Date.now() / 1000) - 600;
    const contact = await staff.change('CaseService', 'CreateContact', {
      contact: {
        channel: 'CHANNEL_TELEPHONE', company: '长春轨道客车', person: '王工', telephone: '+86 431 5550123',
        text: '制动器不缓解', notice_time: { seconds: noticed },
      },
    });
    assert.match(contact.name, /^contacts\//);
    const opened = await openCase({ contact: contact.name });
    assert.match(opened.name, /^cases\/C\d{4}-\d{6}$/);
    const read = await staff.call('CaseService', 'GetCase', { name: opened.name });
    assert.equal(read.state, 'CASE_STATE_OPEN');
    assert.equal(read.contact, contact.name);
    assert.equal(read.notice_time.seconds, noticed);
    assert.equal(read.opened_by, staff.principal.name);
  });

  test('a repeated request is answered as the first time; another body under its id is refused', async () => {
    const request = { request_id: randomUUID(), service_case: { subject: 'CASE_SUBJECT_PRODUCT', customer: things.customer.name, description: 'once' } };
    const [first, second] = await Promise.all([1, 2].map(() => staff.call('CaseService', 'CreateCase', request)));
    assert.deepEqual(second, first);
    request.service_case.description = 'something else';
    assert.equal(reasonOf(await refusal(staff.call('CaseService', 'CreateCase', request))), 'REQUEST_ID_REUSED');
  });

  test('mistakes in fields are listed with their paths', async () => {
    const error = await refusal(staff.call('CaseService', 'CreateCase', {
      request_id: 'not a uuid', service_case: { subject: 'CASE_SUBJECT_PRODUCT', customer: 'customer 7', type: 'Not A Type' },
    }));
    assert.equal(error.code, status.INVALID_ARGUMENT);
    const details = detailsOf(error);
    assert.equal(details['google.rpc.ErrorInfo'].reason, 'FIELD_INVALID');
    assert.equal(details['google.rpc.ErrorInfo'].domain, 'aftersales');
    const fields = details['google.rpc.BadRequest'].field_violations.map((violation) => violation.field).sort();
    assert.deepEqual(fields, ['request_id', 'service_case.customer', 'service_case.description', 'service_case.type']);
    for (const violation of details['google.rpc.BadRequest'].field_violations) assert.notEqual(violation.description, '');
  });

  test('a text that nobody can read is none', async () => {
    const blanks = [
      ['DirectoryService', 'CreateCustomer', { customer: { display_name: '\u3000' } }, 'customer.display_name'],
      ['DirectoryService', 'CreateSite', { site: { display_name: ' ', customer: things.customer.name } }, 'site.display_name'],
      ['DirectoryService', 'CreateDepartment', { department: { display_name: '\t' } }, 'department.display_name'],
      ['PartsService', 'CreatePart', { part: { display_name: '\u00a0' } }, 'part.display_name'],
      ['PartsService', 'CreateWarehouse', { warehouse: { display_name: '\u200e' } }, 'warehouse.display_name'],
    ];
    for (const [service, method, request, field] of blanks) {
      const error = await refusal(admin.change(service, method, request));
      const wrong = detailsOf(error)['google.rpc.BadRequest'].field_violations;
      assert.ok(wrong.some((violation) => violation.field === field && violation.description.includes('is blank')), method);
    }
  });

  test('a shut gate lists what is owed', async () => {
    const opened = await openCase();
    await staff.change('CaseService', 'AcceptCase', { name: opened.name, service_mode: 'SERVICE_MODE_ON_SITE' });
    const error = await refusal(staff.change('CaseService', 'CloseCase', { name: opened.name, resolution: 'done' }));
    assert.equal(error.code, status.FAILED_PRECONDITION);
    const details = detailsOf(error);
    assert.equal(details['google.rpc.ErrorInfo'].reason, 'OBLIGATION_OPEN');
    assert.equal(details['google.rpc.ErrorInfo'].metadata.resource, opened.name);
    const owed = details['google.rpc.PreconditionFailure'].violations;
    assert.ok(owed.some((violation) => violation.type === 'on-site-handling' && violation.subject.startsWith('obligations/')),
      JSON.stringify(owed));
    const explained = await staff.call('PolicyService', 'ExplainObligation',
      { name: owed.find((violation) => violation.type === 'on-site-handling').subject });
    assert.ok(explained.lines.length > 0);
    assert.equal((await staff.call('CaseService', 'GetCase', { name: opened.name })).state, 'CASE_STATE_ACCEPTED');
  });

  test('nobody gets in without a good token', async () => {
    for (const token of [undefined, '', 'aft_', `aft_${'A'.repeat(43)}`, 'x'.repeat(2000), server.adminToken.slice(0, -1)]) {
      const stranger = new Client(server, token);
      const error = await refusal(stranger.call('CaseService', 'ListCases'));
      assert.equal(error.code, status.UNAUTHENTICATED, String(token));
      assert.equal(reasonOf(error), 'NOT_AUTHENTICATED');
      stranger.close();
    }
  });

  test('what a role does not grant is refused before anything else is looked at', async () => {
    const error = await refusal(admin.call('CaseService', 'CloseCase', { name: 'nonsense' }));
    assert.equal(error.code, status.PERMISSION_DENIED);
    const { reason, metadata } = detailsOf(error)['google.rpc.ErrorInfo'];
    assert.equal(reason, 'PERMISSION_MISSING');
    assert.equal(metadata.permission, 'cases.close');
    assert.match(metadata.roles, /quality/);
  });

  test('who holds several roles acts in one that may do it', async () => {
    const opened = await openCase();
    await staff.change('CaseService', 'AcceptCase', { name: opened.name, service_mode: 'SERVICE_MODE_ON_SITE' });
    const cost = await staff.change('SettlementService', 'CreateCost', {
      parent: opened.name,
      cost: { category: 'COST_CATEGORY_TRAVEL', amount: { currency_code: 'CNY', minor_units: 100 }, text: 'A ticket' },
    });
    const both = await signUp(server, admin, 'Desk and cashier', ['ROLE_CUSTOMER_SERVICE', 'ROLE_FINANCE']);
    const vet = (role) => both.change('SettlementService', 'VetCost', { name: cost.name, role });
    const error = await refusal(vet('ROLE_CUSTOMER_SERVICE'));
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.equal(detailsOf(error)['google.rpc.BadRequest'].field_violations[0].field, 'role');
    assert.match(error.details, /act as one of: finance/);
    assert.equal((await refusal(vet('ROLE_QUALITY'))).code, status.PERMISSION_DENIED);
    const vetted = await vet('ROLE_FINANCE');
    assert.equal(vetted.state, 'COST_STATE_VETTED');
    assert.equal(vetted.decision.role, 'ROLE_FINANCE');
    assert.ok(Number(vetted.decide_time.seconds) > 0, JSON.stringify(vetted.decide_time));
    both.close();
  });

  test('a decision is said in so many words', async () => {
    const quality = await signUp(server, admin, 'Checker', ['ROLE_QUALITY']);
    const check = (decision) => refusal(quality.change('ImprovementService', 'CheckCorrectiveAction',
      { name: 'cases/C2026-000001/correctiveActions/1', role: 'ROLE_QUALITY', evidence: { text: 'Seen.' }, ...decision }));
    const error = await check({});
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.equal(detailsOf(error)['google.rpc.BadRequest'].field_violations[0].field, 'effective');
    assert.equal((await check({ effective: false })).code, status.NOT_FOUND);
    quality.close();
  });

  test('refusals are kept for the auditors', async () => {
    await refusal(admin.change('CaseService', 'CloseCase', { name: 'cases/C2026-000001', resolution: 'x' }));
    const auditor = await signUp(server, admin, 'Auditor', ['ROLE_AUDITOR']);
    // Written a moment later, in the background.
    let refusals = [];
    for (const giveUp = Date.now() + 10_000; refusals.length === 0 && Date.now() < giveUp;) {
      ({ refusals } = await auditor.call('AccessService', 'ListRefusals'));
    }
    const kept = refusals.find((row) => row.method.endsWith('CaseService/CloseCase'));
    assert.equal(kept?.principal, 'principals/admin', JSON.stringify(refusals));
    assert.equal(kept.reason, 'PERMISSION_MISSING');
    auditor.close();
  });

  test('a telephone number is masked for those who need none', async () => {
    const finance = await signUp(server, admin, 'Finance', ['ROLE_FINANCE']);
    const seen = await finance.call('DirectoryService', 'GetCustomer', { name: things.customer.name });
    assert.ok(!seen.telephone.includes('5550123'), seen.telephone);
    assert.equal(seen.display_name, things.customer.display_name);
    const { events } = await finance.call('EventService', 'ListEvents', { root: things.customer.name });
    assert.equal(events.length, 1);
    assert.ok(!JSON.stringify(events).includes('5550123'), 'the feed shows it');
    assert.equal((await staff.call('DirectoryService', 'GetCustomer', { name: things.customer.name })).telephone,
      things.customer.telephone);
    finance.close();
  });

  test('a revoked token is refused at once', async () => {
    const leaver = await signUp(server, admin, 'Leaver', ['ROLE_QUALITY']);
    await leaver.call('CaseService', 'ListCases');
    await admin.change('AccessService', 'RevokeToken', { name: leaver.tokenName });
    assert.equal((await refusal(leaver.call('CaseService', 'ListCases'))).code, status.UNAUTHENTICATED);
    leaver.close();
  });

  test('the feed is followed without a gap, also after a break', async () => {
    const first = await openCase({ description: 'first watched' });
    const isOf = (name) => (events) => events.some((event) => event.root === name);
    const seen = await staff.watch(0, isOf(first.name));
    const second = await openCase({ description: 'second watched' });
    const later = await staff.watch(seen.position, isOf(second.name));
    const positions = [...seen.events, ...later.events].map((event) => event.position);
    assert.deepEqual(positions, positions.map((_, index) => index + 1));
    const error = await refusal(staff.call('EventService', 'ListEvents', { after_position: 1_000_000_000 }));
    assert.equal(reasonOf(error), 'POSITION_INVALID');
    assert.ok(Number(detailsOf(error)['google.rpc.ErrorInfo'].metadata.head) >= positions.length);
  });

  test('a client that does not know the certificate does not talk', async () => {
    const wary = new Client(server, server.adminToken, { trusted: false });
    assert.equal((await refusal(wary.call('AccessService', 'GetCaller'))).code, status.UNAVAILABLE);
    wary.close();
    const careless = new Client({ port: server.port }, server.adminToken);
    assert.equal((await refusal(careless.call('AccessService', 'GetCaller'))).code, status.UNAVAILABLE);
    careless.close();
  });
});
