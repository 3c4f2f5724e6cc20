/** How the messages of change data capture tools are laid out: where the row is before and after, and what the operation is called. */
import { ARRAY, BIGINT, INT, MAP, STRING, type DataType } from '../types/type.ts';

export type CdcOperation = 'insert' | 'update' | 'delete' | 'nothing';

/** A metadata key of a format: where it stands in a message, as what it is read, as what SQL sees it. */
export interface CdcMetadata {
  /** The field of the message. */
  readonly name: string;
  readonly read: DataType;
  /** Of a field that is a map: the value of this key. */
  readonly property?: string | undefined;
  readonly type: string;
  /** Milliseconds, seconds or a text become an instant. */
  readonly convert?: 'millis' | 'seconds' | 'instant' | undefined;
}

export interface CdcEnvelope {
  readonly format: string;
  /** Names as Flink's messages have them: `Debezium`. */
  readonly tool: string;
  readonly before: string;
  readonly after: string;
  /** Both are arrays with a row for each change. */
  readonly arrays: boolean;
  /** `before` holds only the values that have changed. */
  readonly partial: boolean;
  readonly operation: string;
  readonly operations: ReadonlyMap<string, CdcOperation>;
  /** The names of an addition and of a removal when written. */
  readonly written: { readonly add: string; readonly remove: string };
  readonly metadata: Readonly<Record<string, CdcMetadata>>;
}

const TEXT_LTZ = 'TIMESTAMP_LTZ(3)';
const PROPERTIES = MAP(STRING, STRING);
const text = (name: string): CdcMetadata => ({ name, read: STRING, type: 'STRING' });
const millis = (name: string): CdcMetadata => ({ name, read: BIGINT, type: TEXT_LTZ, convert: 'millis' });
const property = (key: string): CdcMetadata => ({ name: 'source', property: key, read: PROPERTIES, type: 'STRING' });

export const debezium: CdcEnvelope = {
  format: 'debezium-json',
  tool: 'Debezium',
  before: 'before',
  after: 'after',
  arrays: false,
  partial: false,
  operation: 'op',
  operations: new Map([
    ['c', 'insert'],
    ['r', 'insert'],
    ['u', 'update'],
    ['d', 'delete'],
  ]),
  written: { add: 'c', remove: 'd' },
  metadata: {
    schema: text('schema'),
    'ingestion-timestamp': millis('ts_ms'),
    'source.timestamp': { ...property('ts_ms'), type: TEXT_LTZ, convert: 'millis' },
    'source.database': property('db'),
    'source.schema': property('schema'),
    'source.table': property('table'),
    'source.properties': { name: 'source', read: PROPERTIES, type: 'MAP<STRING, STRING>' },
  },
};

export const canal: CdcEnvelope = {
  format: 'canal-json',
  tool: 'Canal',
  before: 'old',
  after: 'data',
  arrays: true,
  partial: true,
  operation: 'type',
  operations: new Map([
    ['INSERT', 'insert'],
    ['UPDATE', 'update'],
    ['DELETE', 'delete'],
    ['CREATE', 'nothing'],
  ]),
  written: { add: 'INSERT', remove: 'DELETE' },
  metadata: {
    database: text('database'),
    table: text('table'),
    'sql-type': { name: 'sqlType', read: MAP(STRING, INT), type: 'MAP<STRING, INT>' },
    'pk-names': { name: 'pkNames', read: ARRAY(STRING), type: 'ARRAY<STRING>' },
    'ingestion-timestamp': millis('ts'),
    'event-timestamp': millis('es'),
  },
};

export const maxwell: CdcEnvelope = {
  format: 'maxwell-json',
  tool: 'Maxwell',
  before: 'old',
  after: 'data',
  arrays: false,
  partial: true,
  operation: 'type',
  operations: new Map([
    ['insert', 'insert'],
    ['update', 'update'],
    ['delete', 'delete'],
  ]),
  written: { add: 'insert', remove: 'delete' },
  metadata: {
    database: text('database'),
    table: text('table'),
    'primary-key-columns': { name: 'primary_key_columns', read: ARRAY(STRING), type: 'ARRAY<STRING>' },
    'ingestion-timestamp': { name: 'ts', read: BIGINT, type: TEXT_LTZ, convert: 'seconds' },
  },
};

export const ogg: CdcEnvelope = {
  format: 'ogg-json',
  tool: 'Ogg',
  before: 'before',
  after: 'after',
  arrays: false,
  partial: false,
  operation: 'op_type',
  operations: new Map([
    ['I', 'insert'],
    ['U', 'update'],
    ['D', 'delete'],
  ]),
  written: { add: 'I', remove: 'D' },
  metadata: {
    table: text('table'),
    'primary-keys': { name: 'primary_keys', read: ARRAY(STRING), type: 'ARRAY<STRING>' },
    'ingestion-timestamp': { name: 'current_ts', read: STRING, type: 'TIMESTAMP_LTZ(6)', convert: 'instant' },
    'event-timestamp': { name: 'op_ts', read: STRING, type: 'TIMESTAMP_LTZ(6)', convert: 'instant' },
  },
};
