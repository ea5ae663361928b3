// What the end-to-end tests share: the real server program in a folder of its own, the API as @grpc/proto-loader reads it
// from the proto files, and errors as a client sees them that knows nothing of this project but those files.
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

export const sourceDir = process.env.AFTERSALES_SOURCE_DIR ?? join(dirname(fileURLToPath(import.meta.url)), '../..');
const buildDir = process.env.AFTERSALES_BUILD_DIR ?? join(sourceDir, 'build');
const program = join(buildDir, 'bin/aftersalesd');
const buf = join(sourceDir, 'tests/e2e/node_modules/.bin/buf');
const START_PATIENCE_MS = 30_000;

// Where the build found google/rpc/*.proto.
function googleProtos() {
  const cache = join(buildDir, 'CMakeCache.txt');
  const line = existsSync(cache) && readFileSync(cache, 'utf8').match(/^GOOGLEAPIS_PROTO_DIR:\w+=(.+)$/m);
  return line ? line[1] : '/usr/share/gocode/src/github.com/gogo/googleapis';
}

function loadDefinitions() {
  const api = join(sourceDir, 'api');
  const own = readdirSync(join(api, 'aftersales/v1')).map((file) => `aftersales/v1/${file}`);
  return protoLoader.loadSync([...own, 'google/rpc/status.proto', 'google/rpc/error_details.proto'], {
    includeDirs: [api, googleProtos()],
    keepCase: true,
    longs: Number,
    enums: String,
    oneofs: true,
  });
}

const definitions = loadDefinitions();
export const api = grpc.loadPackageDefinition(definitions).aftersales.v1;

// --- the server -------------------------------------------------------------------------------------------------------

// A certificate for this machine's own name and address, good for a day, made anew for each test run.
export function makeCertificate(folder) {
  const cert = join(folder, 'server.crt');
  const key = join(folder, 'server.key');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert],
  { stdio: 'pipe' });
  return { cert, key };
}

// One run of the program. `output` is what it printed so far.
export class Server {
  constructor(args) {
    this.output = '';
    this.process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => { this.output += text; });
    this.ended = new Promise((resolve) => {
      this.process.on('error', (error) => { this.output += error; resolve({ code: -1, signal: null }); });
      this.process.on('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  get running() { return this.process.exitCode === null && this.process.signalCode === null && this.process.pid !== undefined; }

  async stop() {
    this.process.kill('SIGTERM');
    return this.ended;
  }
}

export function makeFolder() { return mkdtempSync(join(tmpdir(), 'aftersales-e2e-')); }
export function removeFolder(folder) { rmSync(folder, { recursive: true, force: true }); }

// Starts the program on SQLite in `folder` and waits until it listens. With `tls`, a certificate is made first.
export async function startServer(folder, { tls = false, more = [] } = {}) {
  const portFile = join(folder, 'port');
  const tokenFile = join(folder, 'admin-token');
  const files = tls ? makeCertificate(folder) : null;
  rmSync(portFile, { force: true });
  const server = new Server(['serve', '--data', join(folder, 'data'), '--database', `sqlite:${join(folder, 'data/aftersales.db')}`,
    '--listen', '127.0.0.1:0', '--port-file', portFile, '--admin-token-file', tokenFile,
    ...(files ? ['--tls-cert', files.cert, '--tls-key', files.key] : []), ...more]);
  const giveUp = Date.now() + START_PATIENCE_MS;
  while (!existsSync(portFile)) {
    if (!server.running) throw new Error(`the server ended: ${server.output}`);
    if (Date.now() > giveUp) { await server.stop(); throw new Error(`the server did not start in time: ${server.output}`); }
    await sleep(20);
  }
  server.port = Number(readFileSync(portFile, 'utf8'));
  server.tokenFile = tokenFile;
  server.adminToken = readFileSync(tokenFile, 'utf8').trim();
  server.tokenMode = statSync(tokenFile).mode & 0o777;
  server.ca = files?.cert;
  return server;
}

// --- the client -------------------------------------------------------------------------------------------------------

// The error's details by the names of their types: {"google.rpc.ErrorInfo": {...}, ...}.
export function detailsOf(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (bytes === undefined) return {};
  const status = definitions['google.rpc.Status'].deserialize(bytes);
  return Object.fromEntries(status.details.map(({ type_url, value }) => {
    const type = type_url.slice(type_url.lastIndexOf('/') + 1);
    return [type, definitions[type].deserialize(value)];
  }));
}

export function reasonOf(error) { return detailsOf(error)['google.rpc.ErrorInfo']?.reason; }

// One caller: `client.call('CaseService', 'GetCase', {name})` resolves to the answer or rejects with the error of grpc-js.
export class Client {
  constructor(server, token, { trusted = true } = {}) {
    this.token = token;
    this.address = `localhost:${server.port}`;
    this.credentials = server.ca
      ? grpc.credentials.createSsl(trusted ? readFileSync(server.ca) : null)
      : grpc.credentials.createInsecure();
    this.stubs = new Map();
  }

  stub(service) {
    if (!this.stubs.has(service)) this.stubs.set(service, new api[service](this.address, this.credentials));
    return this.stubs.get(service);
  }

  metadata() {
    const metadata = new grpc.Metadata();
    if (this.token !== undefined) metadata.set('authorization', `Bearer ${this.token}`);
    return metadata;
  }

  call(service, method, request = {}) {
    return new Promise((resolve, reject) => {
      this.stub(service)[method](request, this.metadata(), { deadline: Date.now() + 20_000 },
        (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  // A change: with a request id of its own.
  change(service, method, request = {}) { return this.call(service, method, { request_id: randomUUID(), ...request }); }

  // Reads events after `position` until `until(events)` holds, then cancels. Answers the events and the position.
  async watch(position, until) {
    const stream = this.stub('EventService').WatchEvents({ after_position: position }, this.metadata());
    const events = [];
    const patience = setTimeout(() => stream.cancel(), 20_000);
    try {
      for await (const message of stream) {
        events.push(...message.events);
        if (until(events)) return { events, position: message.position };
      }
    } finally {
      clearTimeout(patience);
      stream.on('error', () => {});  // our own cancelling
      stream.cancel();
    }
    throw new Error('the stream ended before the events came');
  }

  close() { for (const stub of this.stubs.values()) stub.close(); }
}

// Whatever `promise` rejects with; a promise that resolves is the failure.
export async function refusal(promise) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`was not refused, but answered ${JSON.stringify(answer)}`);
}

// A principal with these roles and a client that signs in as it.
export async function signUp(server, admin, displayName, roles) {
  const principal = await admin.change('AccessService', 'CreatePrincipal', {
    principal: { display_name: displayName, roles: roles.map((role) => ({ role, head: true })) },
  });
  const issued = await admin.change('AccessService', 'CreateToken', { token: { principal: principal.name, description: displayName } });
  const client = new Client(server, issued.secret);
  client.principal = principal;
  client.tokenName = issued.token.name;
  return client;
}

// The Hongxing pack in force, one customer with one machine.
export async function furnish(admin) {
  const text = readFileSync(join(sourceDir, 'server/packs/hongxing.textproto'), 'utf8');
  const version = await admin.change('PolicyService', 'CreatePolicyVersion', { policy_version: { text } });
  await admin.change('PolicyService', 'ActivatePolicyVersion', { name: version.name });
  const customer = await admin.change('DirectoryService', 'CreateCustomer',
    { customer: { display_name: '长春轨道客车', telephone: '+86 431 5550123', region: 'jilin' } });
  const product = await admin.change('DirectoryService', 'CreateProduct', { product: { display_name: 'Brake unit BU-7' } });
  const equipment = await admin.change('DirectoryService', 'CreateEquipment',
    { equipment: { serial_number: 'BU7-0001', product: product.name, customer: customer.name } });
  return { customer, product, equipment };
}

// --- buf curl ---------------------------------------------------------------------------------------------------------

// Runs `buf curl` against a path of the server; it learns the API by reflection. Answers its output and exit code.
export function bufCurl(server, path, { token, data, flags = [] } = {}) {
  const base = server.ca ? `https://localhost:${server.port}` : `http://localhost:${server.port}`;
  const args = ['curl', '--protocol', 'grpc', ...(server.ca ? ['--cacert', server.ca] : ['--http2-prior-knowledge']), ...flags,
    ...(token ? ['-H', `authorization: Bearer ${token}`] : []), ...(data ? ['-d', JSON.stringify(data)] : []), base + path];
  return new Promise((resolve) => {
    const child = spawn(buf, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => { out += text; });
    child.stderr.on('data', (text) => { err += text; });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
