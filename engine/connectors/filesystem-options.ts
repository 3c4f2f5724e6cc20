import type { OptionSpec } from './connector.ts';

export const filesystemOptions: readonly OptionSpec[] = [
  { name: 'path', kind: 'string', required: true, summary: 'a file or a folder; relative to the notebook' },
  {
    name: 'source.monitor-interval',
    kind: 'duration',
    summary: 'look for new files and new lines this often, without end; unset: read what is there and end',
  },
  { name: 'source.path.regex-pattern', kind: 'string', summary: 'only files whose path matches' },
  {
    name: 'sink.rolling-policy.file-size',
    kind: 'memory',
    default: '128MB',
    summary: 'begin a new file beyond this size',
  },
  {
    name: 'sink.rolling-policy.rollover-interval',
    kind: 'duration',
    default: '30 min',
    summary: 'begin a new file after this time',
  },
  {
    name: 'sink.rolling-policy.check-interval',
    kind: 'duration',
    default: '1 min',
    summary: "for Flink's sake; files are checked at each write",
  },
  {
    name: 'partition.default-name',
    kind: 'string',
    default: '__DEFAULT_PARTITION__',
    summary: 'the folder of a NULL or an empty partition value',
  },
];
