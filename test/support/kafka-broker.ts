/**
 * A real Kafka broker for tests: one node (KRaft, broker and controller in one process) on 127.0.0.1, without containers.
 * The jars come through Maven, once, into $MILLRACE_TEST_CACHE (default ~/.cache/millrace-tests). Needs Java 17 and Maven.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const VERSION = process.env['MILLRACE_KAFKA_VERSION'] ?? '4.3.1';
const LOG4J = '2.25.1';
const START_TIMEOUT_MS = 90_000;

function cacheFolder(): string {
  return join(process.env['MILLRACE_TEST_CACHE'] ?? join(homedir(), '.cache', 'millrace-tests'), 'kafka', VERSION);
}

/** Fetches the jars; gives their folder. */
export function fetchKafka(): string {
  const folder = cacheFolder();
  const libs = join(folder, 'libs');
  const complete = join(libs, '.complete');
  if (existsSync(complete)) return libs;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(libs, { recursive: true });
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  const dependencies = [
    dependency('org.apache.kafka', 'kafka_2.13', VERSION),
    dependency('org.apache.kafka', 'kafka-tools', VERSION),
    // The core only compiles against its logger.
    ...['log4j-api', 'log4j-core', 'log4j-slf4j-impl', 'log4j-1.2-api'].map((artifact) =>
      dependency('org.apache.logging.log4j', artifact, LOG4J),
    ),
  ];
  const pom = join(folder, 'pom.xml');
  writeFileSync(
    pom,
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>millrace</groupId>' +
      `<artifactId>kafka-tests</artifactId><version>1</version><dependencies>${dependencies.join('')}</dependencies></project>`,
  );
  const args = [
    '-B',
    '-q',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${libs}`,
    '-DincludeScope=runtime',
  ];
  execFileSync('mvn', args, { stdio: 'inherit' });
  writeFileSync(complete, '');
  return libs;
}

export class KafkaBroker {
  readonly port: number;
  readonly address: string;
  readonly #folder: string;
  readonly #libs: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, libs: string, port: number) {
    this.#folder = folder;
    this.#libs = libs;
    this.port = port;
    this.address = `127.0.0.1:${port}`;
  }

  /** A new broker with empty data, ready for clients. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<KafkaBroker> {
    const libs = fetchKafka();
    const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'));
    const [port, controller] = await Promise.all([freePort(), freePort()]);
    const broker = new KafkaBroker(folder, libs, port);
    const properties = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'log.dirs': join(folder, 'data'),
      'auto.create.topics.enable': 'false',
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'transaction.state.log.num.partitions': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'share.coordinator.state.topic.num.partitions': '1',
      'group.initial.rebalance.delay.ms': '0',
      'log.retention.ms': '-1',
      // A killed broker may register again only once its old session has ended: 9 s by default.
      'broker.session.timeout.ms': '2000',
      'broker.heartbeat.interval.ms': '300',
      ...settings,
    };
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
    writeFileSync(broker.#config, lines.join('\n'));
    writeFileSync(
      join(folder, 'log4j2.properties'),
      'status=error\nappender.o.type=Console\nappender.o.name=o\nappender.o.layout.type=PatternLayout\n' +
        'appender.o.layout.pattern=%d{ISO8601} %p %c{1} %m%n\nappender.o.target=SYSTEM_ERR\nrootLogger.level=warn\nrootLogger.appenderRef.o.ref=o\n',
    );
    const formatted = broker.run('kafka.tools.StorageTool', [
      'format',
      '--standalone',
      '-t',
      'bWlsbHJhY2UtdGVzdC0wMA',
      '-c',
      broker.#config,
    ]);
    if (formatted.status !== 0) throw new Error(`Kafka's storage could not be made: ${formatted.stderr}`);
    await broker.restart();
    return broker;
  }

  get #config(): string {
    return join(this.#folder, 'server.properties');
  }

  #java(heap: string): string[] {
    const jars = readdirSync(this.#libs)
      .filter((name) => name.endsWith('.jar'))
      .map((name) => join(this.#libs, name));
    return [
      `-Xmx${heap}`,
      '-Xms64m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Xshare:auto',
      `-Dlog4j2.configurationFile=${join(this.#folder, 'log4j2.properties')}`,
      '-cp',
      jars.join(delimiter),
    ];
  }

  /** Runs one of Kafka's own classes to its end. */
  run(
    mainClass: string,
    args: readonly string[],
    input = '',
  ): { status: number | null; stdout: string; stderr: string } {
    return spawnSync('java', [...this.#java('256m'), mainClass, ...args], { encoding: 'utf8', input });
  }

  /** Starts the process with the data that are there. */
  async restart(): Promise<void> {
    const log = openSync(join(this.#folder, 'server.log'), 'a');
    this.#process = spawn('java', [...this.#java('256m'), 'kafka.Kafka', this.#config], {
      cwd: this.#folder,
      stdio: ['ignore', log, log],
    });
    const began = performance.now();
    while (!(await answers(this.port))) {
      if (this.#process.exitCode !== null || performance.now() - began > START_TIMEOUT_MS) {
        const text = readFileSync(join(this.#folder, 'server.log'), 'utf8');
        await this.kill();
        throw new Error(`Kafka did not come up:\n${text.slice(-3000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends the process without warning; the data stay. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  }

  /** Ends the process and removes the data. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** True once the broker answers an ApiVersions request: it serves clients. */
function answers(port: number): Promise<boolean> {
  // Key 18, version 0, correlation 1, no client id.
  const body = Buffer.from('00120000000000' + '01ffff', 'hex');
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (ok: boolean): void => {
      socket.destroy();
      resolve(ok);
    };
    socket.setTimeout(2000, () => done(false));
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('connect', () => socket.write(Buffer.concat([size, body])));
    socket.on('data', () => done(true));
  });
}
