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
  {
    name: 'sink.partition-commit.trigger',
    kind: 'enum',
    values: ['process-time', 'partition-time'],
    default: 'process-time',
    summary: 'when a partition is complete: by the clock, or when the watermark has passed the time in its name',
  },
  { name: 'sink.partition-commit.delay', kind: 'duration', default: '0 s', summary: 'wait so long before' },
  {
    name: 'sink.partition-commit.watermark-time-zone',
    kind: 'string',
    default: 'UTC',
    summary: 'zone of the times in the names of partitions',
  },
  {
    name: 'sink.partition-commit.policy.kind',
    kind: 'string',
    summary: "'success-file': a complete partition gets a file that says so",
  },
  {
    name: 'sink.partition-commit.success-file.name',
    kind: 'string',
    default: '_SUCCESS',
    summary: 'the name of that file',
  },
  {
    name: 'partition.time-extractor.kind',
    kind: 'enum',
    values: ['default'],
    default: 'default',
    summary: 'how the time is read from the name of a partition',
  },
  {
    name: 'partition.time-extractor.timestamp-pattern',
    kind: 'string',
    summary: "how the columns of the partition make a timestamp: '$day $hour:00:00'",
  },
  {
    name: 'partition.time-extractor.timestamp-formatter',
    kind: 'string',
    summary: "how that text is read: 'yyyy-MM-dd HH:mm:ss'",
  },
  { name: 'auto-compaction', kind: 'boolean', default: 'false', summary: "for Flink's sake; files are few here" },
  { name: 'compaction.file-size', kind: 'memory', summary: "for Flink's sake" },
  { name: 'compaction.parallelism', kind: 'int', summary: "for Flink's sake" },
  { name: 'sink.shuffle-by-partition.enable', kind: 'boolean', default: 'false', summary: "for Flink's sake" },
  {
    name: 'source.report-statistics',
    kind: 'enum',
    values: ['all', 'none'],
    default: 'all',
    summary: "for Flink's sake",
  },
];
