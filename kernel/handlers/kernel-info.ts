import type { ReplyContent } from '../protocol/message.ts';
import { protocolVersion } from '../protocol/message.ts';

export function kernelInfo(version: string): ReplyContent['kernel_info_request'] {
  return {
    protocol_version: protocolVersion,
    implementation: 'millrace',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: '5.9',
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: 'typescript',
      nbconvert_exporter: 'script',
    },
    banner: `Millrace ${version}: TypeScript and Flink SQL on Node ${process.versions.node} (%lsmagic lists all magics)`,
    help_links: [
      { text: 'Flink SQL', url: 'https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/overview/' },
      { text: 'DuckDB SQL', url: 'https://duckdb.org/docs/stable/sql/introduction' },
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Node.js', url: 'https://nodejs.org/docs/latest/api/' },
    ],
    supported_features: [],
  };
}
