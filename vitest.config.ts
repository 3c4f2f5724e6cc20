import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need a broker, a browser or a cluster: npm run test:kafka, test:browser, test:flink.
    exclude: ['test/kafka/**', 'test/browser/**', 'test/flink/**', 'test/chaos/**', 'test/soak/**', 'node_modules/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
