/** What is used of the package for PostgreSQL, which comes without types; it is loaded with the first table that needs it. */
declare module 'pg' {
  export interface QueryConfig {
    readonly text: string;
    readonly values?: readonly unknown[];
    readonly rowMode?: 'array';
  }
  export interface ClientConfig {
    readonly connectionString?: string;
    readonly host?: string;
    readonly port?: number;
    readonly database?: string;
    readonly user?: string;
    readonly password?: string;
    readonly ssl?: boolean;
    readonly connectionTimeoutMillis?: number;
    readonly application_name?: string;
    readonly types?: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
  }
  export class Client {
    constructor(config: ClientConfig);
    connect(): Promise<void>;
    query(query: QueryConfig): Promise<{ readonly rows: readonly (readonly unknown[])[] }>;
    on(event: 'error', listener: (error: Error) => void): this;
    end(): Promise<void>;
  }
  const pg: { readonly Client: typeof Client };
  export default pg;
}
